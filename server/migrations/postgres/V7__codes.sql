-- アクティベーションコード: one row for each code, and with it for the device that was registered with it. Of the digits only a
-- slow hash is kept (argon2id, salted by the institution); of the device's key the hash.
CREATE TABLE codes (
    id                TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution       TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    label             TEXT NOT NULL,
    label_key         TEXT COLLATE "C" NOT NULL,
    code_hash         BYTEA NOT NULL,
    issued_at         BIGINT NOT NULL,
    issued_by         TEXT COLLATE "C",
    expires_at        BIGINT NOT NULL,
    used_at           BIGINT,
    used_by           TEXT COLLATE "C",
    device_key_sha256 BYTEA,
    last_seen_at      BIGINT,
    invalidated_at    BIGINT,
    UNIQUE (institution, code_hash)
);
CREATE INDEX codes_by_institution ON codes (institution, id);
CREATE INDEX codes_by_device ON codes (device_key_sha256) WHERE invalidated_at IS NULL AND device_key_sha256 IS NOT NULL;

-- From where a call came, so that a misused account can be followed to its terminal.
ALTER TABLE audit ADD COLUMN address TEXT;
CREATE INDEX audit_by_time ON audit (institution, at, id);
DROP INDEX audit_by_institution;

-- The hash chain of an institution's audit log: each row gets its place once, in the order in which the export meets it. Which
-- number its row has says nothing: a later number may be seen first.
CREATE TABLE audit_chain (
    institution TEXT COLLATE "C" NOT NULL,
    place       BIGINT NOT NULL,
    audit_id    BIGINT NOT NULL UNIQUE,
    hash        BYTEA NOT NULL,
    PRIMARY KEY (institution, place)
);
CREATE TRIGGER audit_chain_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
