-- アクティベーションコード: one row for each code, and with it for the device that was registered with it. Of the digits only a
-- slow hash is kept (argon2id, salted by the institution); of the device's key the hash.
CREATE TABLE codes (
    id                TEXT PRIMARY KEY NOT NULL,
    institution       TEXT NOT NULL REFERENCES institutions (code),
    label             TEXT NOT NULL,
    label_key         TEXT NOT NULL,
    code_hash         BLOB NOT NULL,
    issued_at         INTEGER NOT NULL,
    issued_by         TEXT,
    expires_at        INTEGER NOT NULL,
    used_at           INTEGER,
    used_by           TEXT,
    device_key_sha256 BLOB,
    last_seen_at      INTEGER,
    invalidated_at    INTEGER,
    UNIQUE (institution, code_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_institution ON codes (institution, id);
CREATE INDEX codes_by_device ON codes (device_key_sha256) WHERE invalidated_at IS NULL AND device_key_sha256 IS NOT NULL;

-- From where a call came, so that a misused account can be followed to its terminal.
ALTER TABLE audit ADD COLUMN address TEXT;
CREATE INDEX audit_by_time ON audit (institution, at, id);
DROP INDEX audit_by_institution;

-- The hash chain of an institution's audit log: each row gets its place once, in the order in which the export meets it. Which
-- number its row has says nothing: with PostgreSQL a later number may be seen first.
CREATE TABLE audit_chain (
    institution TEXT NOT NULL,
    place       INTEGER NOT NULL,
    audit_id    INTEGER NOT NULL UNIQUE,
    hash        BLOB NOT NULL,
    PRIMARY KEY (institution, place)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_chain_refuses_update BEFORE UPDATE ON audit_chain BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit log is never changed');
END;
CREATE TRIGGER audit_chain_refuses_delete BEFORE DELETE ON audit_chain BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit log is never cut');
END;
