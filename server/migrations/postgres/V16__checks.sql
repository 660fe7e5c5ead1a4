-- Checks that no consent's proof made: by paper, prescription or number, asked again, while a system is away, to be checked later.
-- What was typed and what was answered are texts with a version. The id is the institution's, so that a copy under another code keeps it.
CREATE TABLE checks (
    institution      TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id               TEXT COLLATE "C" NOT NULL,
    use              BIGINT,
    consent          TEXT COLLATE "C" REFERENCES consents (id),
    subject          TEXT COLLATE "C" NOT NULL,
    name_key         TEXT COLLATE "C" NOT NULL,
    kana_key         TEXT COLLATE "C" NOT NULL,
    other_key        TEXT COLLATE "C" NOT NULL,
    reference_number TEXT COLLATE "C",
    checked_at       BIGINT NOT NULL,
    check_way        TEXT COLLATE "C" NOT NULL,
    medium           TEXT COLLATE "C" NOT NULL,
    done_by          TEXT COLLATE "C",
    state            TEXT COLLATE "C" NOT NULL,
    asked            TEXT COLLATE "C",
    eligibility      TEXT COLLATE "C" NOT NULL,
    chosen           BIGINT,
    chosen_at        BIGINT,
    chosen_by        TEXT COLLATE "C",
    PRIMARY KEY (institution, id)
);
CREATE INDEX checks_by_time ON checks (institution, checked_at, id);
CREATE INDEX checks_by_subject ON checks (institution, subject, checked_at, id) WHERE subject <> '';
CREATE INDEX checks_by_consent ON checks (consent, checked_at, id) WHERE consent IS NOT NULL;
CREATE INDEX checks_by_name ON checks (institution, name_key, checked_at, id);
CREATE INDEX checks_by_kana ON checks (institution, kana_key, checked_at, id);
CREATE INDEX checks_open ON checks (institution, checked_at, id) WHERE state = 'provisional';
CREATE INDEX consents_by_subject ON consents (institution, subject, consented_at, id);
