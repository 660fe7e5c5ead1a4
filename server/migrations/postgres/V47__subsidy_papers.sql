-- 受給者証 of 医療費助成 that staff read from paper (P-PMH), by the person: kept beside the results, ended by their own date or by a person
-- with a reason. `municipalities`: which ones are known to be connected, from when to when, as the operator filed it.
CREATE TABLE subsidy_papers (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    subject     TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    content     TEXT COLLATE "C" NOT NULL,
    entered_at  BIGINT NOT NULL,
    entered_by  TEXT COLLATE "C" NOT NULL,
    ended_at    BIGINT,
    ended_by    TEXT COLLATE "C",
    end_reason  TEXT COLLATE "C",
    PRIMARY KEY (institution, subject, id)
);
CREATE TABLE municipalities (
    place       TEXT COLLATE "C" NOT NULL,
    joined_from TEXT COLLATE "C" NOT NULL,
    joined_to   TEXT COLLATE "C",
    source      TEXT COLLATE "C" NOT NULL,
    filed_at    BIGINT NOT NULL,
    PRIMARY KEY (place, joined_from)
);
