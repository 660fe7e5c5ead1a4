-- お知らせ: the operator's (no writer; to all institutions where none is named) and the admin's. Ended ones stay.
CREATE TABLE notices (
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C" REFERENCES institutions (code),
    written_by  TEXT COLLATE "C",
    title       TEXT COLLATE "C" NOT NULL,
    body        TEXT COLLATE "C" NOT NULL,
    importance  TEXT COLLATE "C" NOT NULL,
    from_day    TEXT COLLATE "C" NOT NULL,
    until_day   TEXT COLLATE "C",
    written_at  BIGINT NOT NULL,
    ended_at    BIGINT
);
CREATE INDEX notices_by_institution ON notices (institution, id);
CREATE TABLE notice_reads (
    institution TEXT COLLATE "C" NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    notice      TEXT COLLATE "C" NOT NULL REFERENCES notices (id),
    read_at     BIGINT NOT NULL,
    PRIMARY KEY (institution, user_id, notice),
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);

-- 本日の再起動: the last one of each terminal, as its user said. A terminal is a browser, by the hash of its cookie.
CREATE TABLE restarts (
    institution    TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    browser_sha256 BYTEA NOT NULL,
    said_at        BIGINT NOT NULL,
    said_by        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, browser_sha256)
);

-- 準備チェックリスト: what nothing in the store can tell, ticked by a person.
CREATE TABLE setup_ticks (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    list        TEXT COLLATE "C" NOT NULL,
    step        TEXT COLLATE "C" NOT NULL,
    ticked_by   TEXT COLLATE "C" NOT NULL,
    ticked_at   BIGINT NOT NULL,
    PRIMARY KEY (institution, list, step)
);

-- 掲示・ウェブ掲載文: the texts that an institution wrote in place of the offered ones.
CREATE TABLE posted_texts (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    fee         TEXT COLLATE "C" NOT NULL,
    place       TEXT COLLATE "C" NOT NULL,
    body        TEXT COLLATE "C" NOT NULL,
    written_by  TEXT COLLATE "C" NOT NULL,
    written_at  BIGINT NOT NULL,
    PRIMARY KEY (institution, fee, place)
);

-- チェックリスト回答: the last answer to each question of a fiscal year.
CREATE TABLE security_answers (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    year        BIGINT NOT NULL,
    question    TEXT COLLATE "C" NOT NULL,
    reply       TEXT COLLATE "C" NOT NULL,
    due         TEXT COLLATE "C",
    note        TEXT COLLATE "C",
    answered_by TEXT COLLATE "C" NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (institution, year, question)
);
