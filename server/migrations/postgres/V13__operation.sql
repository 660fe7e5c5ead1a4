-- 問い合わせ先: those without institution are the operator's, for all. The content is JSON of the format that is named.
CREATE TABLE desks (
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C" REFERENCES institutions (code),
    format      BIGINT NOT NULL,
    content     TEXT NOT NULL,
    changed_at  BIGINT NOT NULL,
    changed_by  TEXT COLLATE "C"
);
CREATE INDEX desks_by_institution ON desks (institution, id);

-- メンテナンス予定: those without institution are the operator's, for all.
CREATE TABLE maintenance (
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C" REFERENCES institutions (code),
    part        TEXT COLLATE "C" NOT NULL,
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    still       TEXT NOT NULL,
    source      TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    made_by     TEXT COLLATE "C",
    ended_at    BIGINT
);
CREATE INDEX maintenance_by_end ON maintenance (institution, ends_at);

-- 問い合わせ: what was asked of a support desk. Nothing of a patient; the texts refuse an individual number.
CREATE TABLE enquiries (
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    desk        TEXT NOT NULL,
    asked_on    TEXT COLLATE "C",
    who         TEXT NOT NULL,
    case_number TEXT NOT NULL,
    question    TEXT NOT NULL,
    answer      TEXT NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    search_key  TEXT COLLATE "C" NOT NULL,
    made_at     BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    changed_by  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX enquiries_by_institution ON enquiries (institution, id);
CREATE INDEX enquiries_by_state ON enquiries (institution, state);

-- 稼働状況: since when a part stands as it does, and when it was good last. The place is empty for what the server measures, and
-- names a browser, by a hash of its id, for what only a page can.
CREATE TABLE operation_seen (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    place       TEXT COLLATE "C" NOT NULL,
    part        TEXT COLLATE "C" NOT NULL,
    light       TEXT COLLATE "C" NOT NULL,
    since       BIGINT NOT NULL,
    good_at     BIGINT,
    looked_at   BIGINT NOT NULL,
    PRIMARY KEY (institution, place, part)
);

-- The one row that is written and read back to see whether that goes, and whether there is room for its filler.
CREATE TABLE operation_probe (
    id     BIGINT PRIMARY KEY NOT NULL,
    at     BIGINT NOT NULL,
    filler TEXT NOT NULL
);
