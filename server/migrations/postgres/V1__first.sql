-- What the servers keep. Instants are milliseconds since 1970 (UTC); days are YYYY-MM-DD in Japan. Search keys compare by
-- their bytes (COLLATE "C"), so that a beginning is one range.

CREATE TABLE institutions (
    code              TEXT COLLATE "C" PRIMARY KEY,
    name              TEXT NOT NULL,
    contact           TEXT NOT NULL,
    uses_home_visit   BOOLEAN NOT NULL,
    shows_eligibility BOOLEAN NOT NULL,
    added_at          BIGINT NOT NULL
);

CREATE TABLE accounts (
    institution          TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    user_id              TEXT COLLATE "C" NOT NULL,
    name                 TEXT NOT NULL,
    kind                 TEXT NOT NULL,
    password_hash        TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    valid_from           TEXT,
    valid_until          TEXT,
    PRIMARY KEY (institution, user_id)
);

-- The current URL must be shown again, so its token is kept; of a former one only the hash.
CREATE TABLE reception_urls (
    token_sha256 BYTEA PRIMARY KEY,
    institution  TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    use          BIGINT NOT NULL,
    token        TEXT,
    issued_at    BIGINT NOT NULL,
    retired_at   BIGINT,
    CHECK ((token IS NULL) = (retired_at IS NOT NULL))
);
CREATE UNIQUE INDEX reception_urls_current ON reception_urls (institution, use) WHERE retired_at IS NULL;

-- The idempotency key belongs to the institution; its hash is enough to find the visit again.
CREATE TABLE visits (
    id             TEXT COLLATE "C" PRIMARY KEY,
    institution    TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    use            BIGINT NOT NULL,
    key_sha256     BYTEA NOT NULL,
    choices        TEXT NOT NULL,
    notice_version TEXT NOT NULL,
    language       TEXT NOT NULL,
    opened_at      BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    done_at        BIGINT,
    left_at        BIGINT,
    result         TEXT,
    UNIQUE (institution, key_sha256)
);
CREATE INDEX visits_with_result ON visits (done_at) WHERE result IS NOT NULL;

-- One living challenge per visit: a fresh one takes the place of the former.
CREATE TABLE challenges (
    visit      TEXT COLLATE "C" PRIMARY KEY REFERENCES visits (id),
    nonce      BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE TABLE consents (
    id               TEXT COLLATE "C" PRIMARY KEY,
    institution      TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    use              BIGINT NOT NULL,
    visit            TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES visits (id),
    subject          TEXT COLLATE "C" NOT NULL,
    name_key         TEXT COLLATE "C" NOT NULL,
    kana_key         TEXT COLLATE "C" NOT NULL,
    other_key        TEXT COLLATE "C" NOT NULL,
    reference_number TEXT,
    items            TEXT NOT NULL,
    consented_at     BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    replaced_at      BIGINT,
    receipt          TEXT COLLATE "C" NOT NULL,
    identity_check   TEXT NOT NULL
);
CREATE INDEX consents_by_day ON consents (institution, consented_at, id);
CREATE INDEX consents_by_expiry ON consents (institution, expires_at, id);
CREATE INDEX consents_by_name ON consents (institution, name_key, id);
CREATE INDEX consents_by_kana ON consents (institution, kana_key, id);
CREATE INDEX consents_by_other_name ON consents (institution, other_key, id) WHERE other_key <> '';
CREATE INDEX consents_by_receipt ON consents (institution, receipt, id);
CREATE INDEX consents_standing ON consents (institution, use, subject, expires_at) WHERE replaced_at IS NULL;

CREATE TABLE results (
    consent     TEXT COLLATE "C" PRIMARY KEY REFERENCES consents (id),
    checked_at  BIGINT NOT NULL,
    eligibility TEXT NOT NULL,
    chosen      BIGINT,
    chosen_at   BIGINT,
    chosen_by   TEXT
);

-- What the card signed, so that anyone can check it again.
CREATE TABLE proofs (
    consent       TEXT COLLATE "C" PRIMARY KEY REFERENCES consents (id),
    certificate   BYTEA NOT NULL,
    signature     BYTEA NOT NULL,
    nonce         BYTEA NOT NULL,
    statement     BYTEA NOT NULL,
    origin_sha256 BYTEA NOT NULL,
    checks        TEXT NOT NULL
);

CREATE TABLE sessions (
    id_sha256   BYTEA PRIMARY KEY,
    institution TEXT COLLATE "C" NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    opened_at   BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);
CREATE INDEX sessions_by_account ON sessions (institution, user_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Failed logins in a row, by hash of account and address. A wait leaves one audit row, however often it is refused.
CREATE TABLE login_attempts (
    key_sha256    BYTEA PRIMARY KEY,
    failures      BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    is_told       BOOLEAN NOT NULL
);
CREATE INDEX login_attempts_by_age ON login_attempts (last_at);

-- Who did what, when, with which outcome. No names. Rows are only ever added.
CREATE TABLE audit (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          BIGINT NOT NULL,
    institution TEXT COLLATE "C",
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    subject     TEXT,
    outcome     TEXT NOT NULL
);
CREATE INDEX audit_by_institution ON audit (institution, at);
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or removed';
END $$;
CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();

-- Whether this is a demo's data or real: said once, by the first start.
CREATE TABLE deployment (
    one  BIGINT PRIMARY KEY CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('demo', 'production'))
);

-- What all servers on this database must have in common: the key from which visit secrets are derived.
CREATE TABLE shared_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    key  BYTEA NOT NULL
);

-- Which version of the program made what is made of other columns (search keys): an update makes them anew.
CREATE TABLE derived (
    name    TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL
);
