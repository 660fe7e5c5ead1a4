-- Passkeys that open a device beside its passcode (P-DEV): the public half. They are the device's own and no second factor of an account.
CREATE TABLE device_passkeys (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution   TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    device        TEXT COLLATE "C" NOT NULL REFERENCES devices (code),
    credential_id BYTEA NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    credential    TEXT NOT NULL,
    added_at      BIGINT NOT NULL,
    last_used_at  BIGINT
);
CREATE INDEX device_passkeys_by_device ON device_passkeys (device, added_at, id);

-- Institutions of one house, which may share a device (X20): those with the same word.
CREATE TABLE houses (
    institution TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES institutions (code),
    house       TEXT COLLATE "C" NOT NULL
);
