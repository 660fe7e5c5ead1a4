-- 端末の証明書: one row for each, found by the SHA-256 of the whole certificate. The key is kept sealed until its file was to be taken
-- (export_until), then it is forgotten.
CREATE TABLE certificates (
    id           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution  TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    label        TEXT NOT NULL,
    label_key    TEXT COLLATE "C" NOT NULL,
    holder       TEXT NOT NULL,
    fingerprint  BYTEA NOT NULL UNIQUE,
    certificate  BYTEA NOT NULL,
    serial       TEXT NOT NULL,
    is_foreign   BOOLEAN NOT NULL,
    starts_at    BIGINT NOT NULL,
    ends_on      TEXT COLLATE "C" NOT NULL,
    issued_by    TEXT COLLATE "C",
    renews       TEXT COLLATE "C",
    key_sealed   BYTEA,
    export_until BIGINT,
    last_seen_at BIGINT,
    revoked_at   BIGINT
);
CREATE INDEX certificates_by_institution ON certificates (institution, id);

-- Whether certificates are asked for, from a day on.
CREATE TABLE certificate_modes (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    from_day    TEXT COLLATE "C" NOT NULL,
    mode        TEXT COLLATE "C" NOT NULL,
    set_at      BIGINT NOT NULL,
    set_by      TEXT COLLATE "C",
    PRIMARY KEY (institution, from_day)
);

-- Who vouches for them: this server (no institution; the newest one issues, its key is sealed), or an institution's own CA.
CREATE TABLE certificate_authorities (
    fingerprint BYTEA PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C" REFERENCES institutions (code),
    name        TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    key_sealed  BYTEA,
    added_at    BIGINT NOT NULL
);
