-- Tokens of Web API accounts (N005, N006): only the hash of one is kept. The scopes are words with spaces between.
CREATE TABLE api_tokens (
    id           TEXT COLLATE "C" PRIMARY KEY,
    institution  TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    token_sha256 BYTEA NOT NULL UNIQUE,
    scopes       TEXT COLLATE "C" NOT NULL,
    made_at      BIGINT NOT NULL,
    made_by      TEXT COLLATE "C" NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);
CREATE INDEX api_tokens_of_account ON api_tokens (institution, user_id, made_at);
-- In which order programs are told of finished checks. The place is given when one asks, so that a check that was stored a moment later
-- than a younger one is not skipped; without a place: held back because of a wrong link (X62).
-- `received_at`: when a program said that it has it.
CREATE TABLE link_results (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    consent     TEXT COLLATE "C" NOT NULL REFERENCES consents (id),
    finished_at BIGINT NOT NULL,
    place       BIGINT,
    received_at BIGINT,
    PRIMARY KEY (institution, consent),
    UNIQUE (institution, place)
);
CREATE INDEX link_results_by_time ON link_results (institution, finished_at);
