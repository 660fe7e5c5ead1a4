-- Every use at reception: how a visit takes place, the booked date of its consent, and how a consent ended.
-- `replaced_at` is since when a consent has ended before its deadline, whatever ended it; `ended_why` says what (null: replaced).
ALTER TABLE visits ADD COLUMN occasion TEXT;
ALTER TABLE consents ADD COLUMN booked_on TEXT;
ALTER TABLE consents ADD COLUMN ended_why BIGINT;

-- What was changed of a consent after it was given: by the patient with card and PIN, by the institution, by another use.
-- `ends`: at least one item ended by it. A replacement by the same use has no row: the later consent says it.
CREATE TABLE consent_changes (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution   TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    consent       TEXT COLLATE "C" NOT NULL REFERENCES consents (id),
    visit         TEXT COLLATE "C" UNIQUE REFERENCES visits (id),
    changed_at    BIGINT NOT NULL,
    why           BIGINT NOT NULL,
    is_whole      BOOLEAN NOT NULL,
    ends          BOOLEAN NOT NULL,
    items_before  TEXT NOT NULL,
    items_after   TEXT NOT NULL,
    changed_by    TEXT COLLATE "C",
    cause         TEXT,
    receipt       TEXT NOT NULL,
    nonce         BYTEA,
    certificate   BYTEA,
    signature     BYTEA,
    statement     BYTEA,
    origin_sha256 BYTEA
);
CREATE INDEX consent_changes_ended ON consent_changes (institution, changed_at, id) WHERE ends;
CREATE INDEX consent_changes_by_consent ON consent_changes (consent, changed_at);
