-- Second factors. `factor_since` of an account: since when it has one; NULL: none. Kept with the account, since every request asks.
ALTER TABLE accounts ADD COLUMN factor_since BIGINT;

-- From this day in Japan on, people's accounts need a second factor. Institutions of before: the day from which the ministry's guideline
-- (6.0) asks for two factors, the first of fiscal 2027.
ALTER TABLE institutions ADD COLUMN second_factor_from TEXT NOT NULL DEFAULT '2027-04-01';

-- When who is at the screen was last proved. Sessions of before: never.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

-- Passkeys: the public half, and what tells them apart.
CREATE TABLE passkeys (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution   TEXT COLLATE "C" NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    credential_id BYTEA NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    credential    TEXT NOT NULL,
    added_at      BIGINT NOT NULL,
    last_used_at  BIGINT,
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);
CREATE INDEX passkeys_by_account ON passkeys (institution, user_id);

-- One authenticator app for each account: its secret, sealed with a key of the server, and the last 30 seconds whose code was used.
CREATE TABLE totps (
    institution  TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    secret       BYTEA NOT NULL,
    last_step    BIGINT NOT NULL,
    added_at     BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (institution, user_id),
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);

-- Recovery codes by a slow hash (argon2id, salted by the account).
CREATE TABLE recovery_codes (
    institution TEXT COLLATE "C" NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    hash        BYTEA NOT NULL,
    made_at     BIGINT NOT NULL,
    used_at     BIGINT,
    PRIMARY KEY (institution, user_id, hash),
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);

-- What the server remembers between its question and the answer to it: each is used once, and not for long.
CREATE TABLE factor_questions (
    holder_sha256 BYTEA NOT NULL,
    purpose       TEXT COLLATE "C" NOT NULL,
    state         TEXT NOT NULL,
    ends_at       BIGINT NOT NULL,
    PRIMARY KEY (holder_sha256, purpose)
);

-- Logins between password and second factor. None is a session.
CREATE TABLE login_steps (
    id_sha256     BYTEA PRIMARY KEY NOT NULL,
    institution   TEXT COLLATE "C" NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    judged_sha256 BYTEA NOT NULL,
    opened_at     BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL
);
CREATE INDEX login_steps_by_account ON login_steps (institution, user_id);
