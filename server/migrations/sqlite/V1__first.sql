-- What the first server keeps. Instants are milliseconds since 1970 (UTC); days are YYYY-MM-DD in Japan.

CREATE TABLE institutions (
    code              TEXT PRIMARY KEY NOT NULL,
    name              TEXT NOT NULL,
    contact           TEXT NOT NULL,
    uses_home_visit   INTEGER NOT NULL CHECK (uses_home_visit IN (0, 1)),
    shows_eligibility INTEGER NOT NULL CHECK (shows_eligibility IN (0, 1)),
    added_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    institution          TEXT NOT NULL REFERENCES institutions (code),
    user                 TEXT NOT NULL,
    name                 TEXT NOT NULL,
    kind                 TEXT NOT NULL CHECK (kind IN ('admin', 'general', 'viewer')),
    password_hash        TEXT NOT NULL,
    must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
    valid_from           TEXT,
    valid_until          TEXT,
    PRIMARY KEY (institution, user)
) STRICT, WITHOUT ROWID;

-- The current URL must be shown again, so its token is kept; of a former one only the hash.
CREATE TABLE reception_urls (
    token_sha256 BLOB PRIMARY KEY NOT NULL,
    institution  TEXT NOT NULL REFERENCES institutions (code),
    use          INTEGER NOT NULL,
    token        TEXT,
    issued_at    INTEGER NOT NULL,
    retired_at   INTEGER,
    CHECK ((token IS NULL) = (retired_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reception_urls_current ON reception_urls (institution, use) WHERE retired_at IS NULL;

-- The idempotency key belongs to the institution; its hash is enough to find the visit again.
CREATE TABLE visits (
    id             TEXT PRIMARY KEY NOT NULL,
    institution    TEXT NOT NULL REFERENCES institutions (code),
    use            INTEGER NOT NULL,
    key_sha256     BLOB NOT NULL,
    choices        TEXT NOT NULL,
    notice_version TEXT NOT NULL,
    language       TEXT NOT NULL,
    opened_at      INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    done_at        INTEGER,
    left_at        INTEGER,
    result         TEXT,
    UNIQUE (institution, key_sha256)
) STRICT, WITHOUT ROWID;

-- One living challenge per visit: a fresh one takes the place of the former.
CREATE TABLE challenges (
    visit      TEXT PRIMARY KEY NOT NULL REFERENCES visits (id),
    nonce      BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
    id               TEXT PRIMARY KEY NOT NULL,
    institution      TEXT NOT NULL REFERENCES institutions (code),
    use              INTEGER NOT NULL,
    visit            TEXT NOT NULL UNIQUE REFERENCES visits (id),
    subject          TEXT NOT NULL,
    name_key         TEXT NOT NULL,
    kana_key         TEXT NOT NULL,
    reference_number TEXT,
    items            TEXT NOT NULL,
    consented_at     INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    replaced_at      INTEGER,
    receipt          TEXT NOT NULL,
    identity_check   TEXT NOT NULL CHECK (identity_check IN ('pin'))
) STRICT;
CREATE INDEX consents_by_day ON consents (institution, consented_at, id, expires_at, replaced_at, reference_number);
CREATE INDEX consents_by_expiry ON consents (institution, expires_at, id, consented_at, replaced_at, reference_number);
CREATE INDEX consents_by_name ON consents (institution, name_key, id);
CREATE INDEX consents_by_kana ON consents (institution, kana_key, id);
CREATE INDEX consents_by_subject ON consents (institution, use, subject);

CREATE TABLE results (
    consent     TEXT PRIMARY KEY NOT NULL REFERENCES consents (id),
    checked_at  INTEGER NOT NULL,
    eligibility TEXT NOT NULL
) STRICT;

-- What the card signed, so that anyone can check it again.
CREATE TABLE proofs (
    consent       TEXT PRIMARY KEY NOT NULL REFERENCES consents (id),
    certificate   BLOB NOT NULL,
    signature     BLOB NOT NULL,
    nonce         BLOB NOT NULL,
    statement     BLOB NOT NULL,
    origin_sha256 BLOB NOT NULL,
    checks        TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    id_sha256   BLOB PRIMARY KEY NOT NULL,
    institution TEXT NOT NULL,
    user        TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    FOREIGN KEY (institution, user) REFERENCES accounts (institution, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (institution, user);

-- Failed logins in a row, by hash of account and address.
CREATE TABLE login_attempts (
    key_sha256    BLOB PRIMARY KEY NOT NULL,
    failures      INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    last_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did what, when, with which outcome. No names. Rows are only ever added.
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    institution TEXT,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    subject     TEXT,
    outcome     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_institution ON audit (institution, at);
CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit rows are never removed');
END;
