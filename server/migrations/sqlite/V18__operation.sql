-- 問い合わせ先: those without institution are the operator's, for all. The content is JSON of the format that is named.
CREATE TABLE desks (
    id          TEXT PRIMARY KEY NOT NULL,
    institution TEXT REFERENCES institutions (code),
    format      INTEGER NOT NULL,
    content     TEXT NOT NULL,
    changed_at  INTEGER NOT NULL,
    changed_by  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX desks_by_institution ON desks (institution, id);

-- メンテナンス予定: those without institution are the operator's, for all.
CREATE TABLE maintenance (
    id          TEXT PRIMARY KEY NOT NULL,
    institution TEXT REFERENCES institutions (code),
    part        TEXT NOT NULL,
    starts_at   INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    still       TEXT NOT NULL,
    source      TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    made_by     TEXT,
    ended_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX maintenance_by_end ON maintenance (institution, ends_at);

-- 問い合わせ: what was asked of a support desk. Nothing of a patient; the texts refuse an individual number.
CREATE TABLE enquiries (
    id          TEXT PRIMARY KEY NOT NULL,
    institution TEXT NOT NULL REFERENCES institutions (code),
    desk        TEXT NOT NULL,
    asked_on    TEXT,
    who         TEXT NOT NULL,
    case_number TEXT NOT NULL,
    question    TEXT NOT NULL,
    answer      TEXT NOT NULL,
    state       TEXT NOT NULL,
    search_key  TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    changed_by  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX enquiries_by_institution ON enquiries (institution, id);
CREATE INDEX enquiries_by_state ON enquiries (institution, state);

-- 稼働状況: since when a part stands as it does, and when it was good last. The place is empty for what the server measures, and
-- names a browser, by a hash of its id, for what only a page can.
CREATE TABLE operation_seen (
    institution TEXT NOT NULL REFERENCES institutions (code),
    place       TEXT NOT NULL,
    part        TEXT NOT NULL,
    light       TEXT NOT NULL,
    since       INTEGER NOT NULL,
    good_at     INTEGER,
    looked_at   INTEGER NOT NULL,
    PRIMARY KEY (institution, place, part)
) STRICT, WITHOUT ROWID;

-- The one row that is written and read back to see whether that goes, and whether there is room for its filler.
CREATE TABLE operation_probe (
    id     INTEGER PRIMARY KEY NOT NULL,
    at     INTEGER NOT NULL,
    filler TEXT NOT NULL
) STRICT;
