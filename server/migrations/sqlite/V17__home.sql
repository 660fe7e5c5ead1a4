-- お知らせ: the operator's (no writer; to all institutions where none is named) and the admin's. Ended ones stay.
CREATE TABLE notices (
    id          TEXT PRIMARY KEY NOT NULL,
    institution TEXT REFERENCES institutions (code),
    written_by  TEXT,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    importance  TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    until_day   TEXT,
    written_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_institution ON notices (institution, id);
CREATE TABLE notice_reads (
    institution TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    notice      TEXT NOT NULL REFERENCES notices (id),
    read_at     INTEGER NOT NULL,
    PRIMARY KEY (institution, user_id, notice),
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
) STRICT, WITHOUT ROWID;

-- 本日の再起動: the last one of each terminal, as its user said. A terminal is a browser, by the hash of its cookie.
CREATE TABLE restarts (
    institution    TEXT NOT NULL REFERENCES institutions (code),
    browser_sha256 BLOB NOT NULL,
    said_at        INTEGER NOT NULL,
    said_by        TEXT NOT NULL,
    PRIMARY KEY (institution, browser_sha256)
) STRICT, WITHOUT ROWID;

-- 準備チェックリスト: what nothing in the store can tell, ticked by a person.
CREATE TABLE setup_ticks (
    institution TEXT NOT NULL REFERENCES institutions (code),
    list        TEXT NOT NULL,
    step        TEXT NOT NULL,
    ticked_by   TEXT NOT NULL,
    ticked_at   INTEGER NOT NULL,
    PRIMARY KEY (institution, list, step)
) STRICT, WITHOUT ROWID;

-- 掲示・ウェブ掲載文: the texts that an institution wrote in place of the offered ones.
CREATE TABLE posted_texts (
    institution TEXT NOT NULL REFERENCES institutions (code),
    fee         TEXT NOT NULL,
    place       TEXT NOT NULL,
    body        TEXT NOT NULL,
    written_by  TEXT NOT NULL,
    written_at  INTEGER NOT NULL,
    PRIMARY KEY (institution, fee, place)
) STRICT, WITHOUT ROWID;

-- チェックリスト回答: the last answer to each question of a fiscal year.
CREATE TABLE security_answers (
    institution TEXT NOT NULL REFERENCES institutions (code),
    year        INTEGER NOT NULL,
    question    TEXT NOT NULL,
    reply       TEXT NOT NULL,
    due         TEXT,
    note        TEXT,
    answered_by TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (institution, year, question)
) STRICT, WITHOUT ROWID;
