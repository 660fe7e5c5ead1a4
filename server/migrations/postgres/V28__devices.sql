-- The device that an activation code was used for: its public key, and the passcode that opens it (N120-N123, P-DEV).
CREATE TABLE devices (
    code            TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES codes (id),
    institution     TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    public_key      BYTEA NOT NULL,
    notice_version  TEXT NOT NULL,
    registered_at   BIGINT NOT NULL,
    passcode_hash   TEXT,
    wrong_passcodes BIGINT NOT NULL DEFAULT 0,
    waits_until     BIGINT,
    is_visual       BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX devices_by_institution ON devices (institution, code);

-- Of which device a session is; none: of the office. One of a device opens nothing without the signature of its key.
ALTER TABLE sessions ADD COLUMN device TEXT COLLATE "C";
