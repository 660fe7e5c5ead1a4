-- Passkeys that open a device beside its passcode (P-DEV): the public half. They are the device's own and no second factor of an account.
CREATE TABLE device_passkeys (
    id            TEXT PRIMARY KEY NOT NULL,
    institution   TEXT NOT NULL REFERENCES institutions (code),
    device        TEXT NOT NULL REFERENCES devices (code),
    credential_id BLOB NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    credential    TEXT NOT NULL,
    added_at      INTEGER NOT NULL,
    last_used_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_passkeys_by_device ON device_passkeys (device, added_at, id);

-- Institutions of one house, which may share a device (X20): those with the same word.
CREATE TABLE houses (
    institution TEXT PRIMARY KEY NOT NULL REFERENCES institutions (code),
    house       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
