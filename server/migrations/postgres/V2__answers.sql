-- Answers to calls of accounts, by the key of the press: the same press sent again gets the same answer. May hold personal data, so
-- rows are removed after 24 hours.
CREATE TABLE answers (
    institution    TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    user_id        TEXT COLLATE "C" NOT NULL,
    key_sha256     BYTEA NOT NULL,
    endpoint       TEXT NOT NULL,
    request_sha256 BYTEA NOT NULL,
    answer         TEXT NOT NULL,
    answered_at    BIGINT NOT NULL,
    PRIMARY KEY (institution, user_id, key_sha256)
);
CREATE INDEX answers_by_age ON answers (answered_at);
