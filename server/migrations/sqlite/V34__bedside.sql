-- The check at the device with the card (DA-5 to DA-11). Who opened a visit there; none: the reception page.
ALTER TABLE visits ADD COLUMN opened_by TEXT;

-- What stands beside a consent or a check that was made at a device: which device, whose press, how far the certificate was checked, and when
-- it was filed (X49). A check without consent has what its card signed here; one of a consent has it in `proofs`; a check by the eye has none.
CREATE TABLE bedside_checks (
    visit         TEXT PRIMARY KEY NOT NULL REFERENCES visits (id),
    institution   TEXT NOT NULL REFERENCES institutions (code),
    device        TEXT,
    consent       TEXT REFERENCES consents (id),
    check_id      TEXT,
    is_grace      INTEGER NOT NULL,
    ends_on       TEXT,
    checks        TEXT NOT NULL,
    done_at       INTEGER NOT NULL,
    done_by       TEXT NOT NULL,
    filed_at      INTEGER,
    filed_by      TEXT,
    certificate   BLOB,
    signature     BLOB,
    nonce         BLOB,
    statement     BLOB,
    origin_sha256 BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX bedside_unfiled ON bedside_checks (institution, done_by, done_at, visit) WHERE filed_at IS NULL;
