-- 端末の証明書: one row for each, found by the SHA-256 of the whole certificate. The key is kept sealed until its file was to be taken
-- (export_until), then it is forgotten.
CREATE TABLE certificates (
    id           TEXT PRIMARY KEY NOT NULL,
    institution  TEXT NOT NULL REFERENCES institutions (code),
    label        TEXT NOT NULL,
    label_key    TEXT NOT NULL,
    holder       TEXT NOT NULL,
    fingerprint  BLOB NOT NULL UNIQUE,
    certificate  BLOB NOT NULL,
    serial       TEXT NOT NULL,
    is_foreign   INTEGER NOT NULL,
    starts_at    INTEGER NOT NULL,
    ends_on      TEXT NOT NULL,
    issued_by    TEXT,
    renews       TEXT,
    key_sealed   BLOB,
    export_until INTEGER,
    last_seen_at INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_by_institution ON certificates (institution, id);

-- Whether certificates are asked for, from a day on.
CREATE TABLE certificate_modes (
    institution TEXT NOT NULL REFERENCES institutions (code),
    from_day    TEXT NOT NULL,
    mode        TEXT NOT NULL,
    set_at      INTEGER NOT NULL,
    set_by      TEXT,
    PRIMARY KEY (institution, from_day)
) STRICT, WITHOUT ROWID;

-- Who vouches for them: this server (no institution; the newest one issues, its key is sealed), or an institution's own CA.
CREATE TABLE certificate_authorities (
    fingerprint BLOB PRIMARY KEY NOT NULL,
    institution TEXT REFERENCES institutions (code),
    name        TEXT NOT NULL,
    certificate BLOB NOT NULL,
    key_sealed  BLOB,
    added_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
