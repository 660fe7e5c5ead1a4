-- Checks that no consent's proof made: by paper, prescription or number, asked again, while a system is away, to be checked later.
-- What was typed and what was answered are texts with a version. The id is the institution's, so that a copy under another code keeps it.
CREATE TABLE checks (
    institution      TEXT NOT NULL REFERENCES institutions (code),
    id               TEXT NOT NULL,
    use              INTEGER,
    consent          TEXT REFERENCES consents (id),
    subject          TEXT NOT NULL,
    name_key         TEXT NOT NULL,
    kana_key         TEXT NOT NULL,
    other_key        TEXT NOT NULL,
    reference_number TEXT,
    checked_at       INTEGER NOT NULL,
    check_way        TEXT NOT NULL,
    medium           TEXT NOT NULL,
    done_by          TEXT,
    state            TEXT NOT NULL,
    asked            TEXT,
    eligibility      TEXT NOT NULL,
    chosen           INTEGER,
    chosen_at        INTEGER,
    chosen_by        TEXT,
    PRIMARY KEY (institution, id)
) STRICT;
CREATE INDEX checks_by_time ON checks (institution, checked_at, id);
CREATE INDEX checks_by_subject ON checks (institution, subject, checked_at, id) WHERE subject <> '';
CREATE INDEX checks_by_consent ON checks (consent, checked_at, id) WHERE consent IS NOT NULL;
CREATE INDEX checks_by_name ON checks (institution, name_key, checked_at, id);
CREATE INDEX checks_by_kana ON checks (institution, kana_key, checked_at, id);
CREATE INDEX checks_open ON checks (institution, checked_at, id) WHERE state = 'provisional';
CREATE INDEX consents_by_subject ON consents (institution, subject, consented_at, id);
