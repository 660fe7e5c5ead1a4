-- The check at the device with the card (DA-5 to DA-11). Who opened a visit there; none: the reception page.
ALTER TABLE visits ADD COLUMN opened_by TEXT COLLATE "C";

-- What stands beside a consent or a check that was made at a device: which device, whose press, how far the certificate was checked, and when
-- it was filed (X49). A check without consent has what its card signed here; one of a consent has it in `proofs`; a check by the eye has none.
CREATE TABLE bedside_checks (
    visit         TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES visits (id),
    institution   TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    device        TEXT COLLATE "C",
    consent       TEXT COLLATE "C" REFERENCES consents (id),
    check_id      TEXT COLLATE "C",
    is_grace      BOOLEAN NOT NULL,
    ends_on       TEXT,
    checks        TEXT NOT NULL,
    done_at       BIGINT NOT NULL,
    done_by       TEXT COLLATE "C" NOT NULL,
    filed_at      BIGINT,
    filed_by      TEXT COLLATE "C",
    certificate   BYTEA,
    signature     BYTEA,
    nonce         BYTEA,
    statement     BYTEA,
    origin_sha256 BYTEA
);
CREATE INDEX bedside_unfiled ON bedside_checks (institution, done_by, done_at, visit) WHERE filed_at IS NULL;
