-- The device that an activation code was used for: its public key, and the passcode that opens it (N120-N123, P-DEV).
CREATE TABLE devices (
    code            TEXT PRIMARY KEY NOT NULL REFERENCES codes (id),
    institution     TEXT NOT NULL REFERENCES institutions (code),
    public_key      BLOB NOT NULL,
    notice_version  TEXT NOT NULL,
    registered_at   INTEGER NOT NULL,
    passcode_hash   TEXT,
    wrong_passcodes INTEGER NOT NULL DEFAULT 0,
    waits_until     INTEGER,
    is_visual       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_institution ON devices (institution, code);

-- Of which device a session is; none: of the office. One of a device opens nothing without the signature of its key.
ALTER TABLE sessions ADD COLUMN device TEXT;
