-- Tokens of Web API accounts (N005, N006): only the hash of one is kept. The scopes are words with spaces between.
CREATE TABLE api_tokens (
    id           TEXT PRIMARY KEY,
    institution  TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    token_sha256 BLOB NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    made_at      INTEGER NOT NULL,
    made_by      TEXT NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER,
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_of_account ON api_tokens (institution, user_id, made_at);
-- In which order programs are told of finished checks. The place is given when one asks, so that a check that was stored a moment later
-- than a younger one is not skipped; without a place: held back because of a wrong link (X62).
-- `received_at`: when a program said that it has it.
CREATE TABLE link_results (
    institution TEXT NOT NULL REFERENCES institutions (code),
    consent     TEXT NOT NULL REFERENCES consents (id),
    finished_at INTEGER NOT NULL,
    place       INTEGER,
    received_at INTEGER,
    PRIMARY KEY (institution, consent),
    UNIQUE (institution, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_results_by_time ON link_results (institution, finished_at);
