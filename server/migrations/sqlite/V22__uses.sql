-- Every use at reception: how a visit takes place, the booked date of its consent, and how a consent ended.
-- `replaced_at` is since when a consent has ended before its deadline, whatever ended it; `ended_why` says what (null: replaced).
ALTER TABLE visits ADD COLUMN occasion TEXT;
ALTER TABLE consents ADD COLUMN booked_on TEXT;
ALTER TABLE consents ADD COLUMN ended_why INTEGER;

-- What was changed of a consent after it was given: by the patient with card and PIN, by the institution, by another use.
-- `ends`: at least one item ended by it. A replacement by the same use has no row: the later consent says it.
CREATE TABLE consent_changes (
    id            TEXT PRIMARY KEY NOT NULL,
    institution   TEXT NOT NULL REFERENCES institutions (code),
    consent       TEXT NOT NULL REFERENCES consents (id),
    visit         TEXT UNIQUE REFERENCES visits (id),
    changed_at    INTEGER NOT NULL,
    why           INTEGER NOT NULL,
    is_whole      INTEGER NOT NULL CHECK (is_whole IN (0, 1)),
    ends          INTEGER NOT NULL CHECK (ends IN (0, 1)),
    items_before  TEXT NOT NULL,
    items_after   TEXT NOT NULL,
    changed_by    TEXT,
    cause         TEXT,
    receipt       TEXT NOT NULL,
    nonce         BLOB,
    certificate   BLOB,
    signature     BLOB,
    statement     BLOB,
    origin_sha256 BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_changes_ended ON consent_changes (institution, changed_at, id) WHERE ends;
CREATE INDEX consent_changes_by_consent ON consent_changes (consent, changed_at);
