-- How a person was checked and what they showed are columns, and words that the program knows, not the table. A visit has them
-- once it is done. Each condition of the office's list has an index that its rows are counted and sorted from alone.
-- Runs with foreign keys off, so that a table may be made anew under the ones that refer to it.
CREATE TABLE consents_next (
    id               TEXT PRIMARY KEY NOT NULL,
    institution      TEXT NOT NULL REFERENCES institutions (code),
    use              INTEGER NOT NULL,
    visit            TEXT NOT NULL UNIQUE REFERENCES visits (id),
    subject          TEXT NOT NULL,
    name_key         TEXT NOT NULL,
    kana_key         TEXT NOT NULL,
    other_key        TEXT NOT NULL,
    reference_number TEXT,
    items            TEXT NOT NULL,
    consented_at     INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    replaced_at      INTEGER,
    receipt          TEXT NOT NULL,
    check_way        TEXT NOT NULL,
    medium           TEXT NOT NULL
) STRICT;
INSERT INTO consents_next (id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items, consented_at,
                           expires_at, replaced_at, receipt, check_way, medium)
SELECT id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items, consented_at, expires_at,
       replaced_at, receipt, identity_check, 'card' FROM consents ORDER BY rowid;
DROP TABLE consents;
ALTER TABLE consents_next RENAME TO consents;
CREATE INDEX consents_by_day ON consents (institution, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_expiry ON consents (institution, expires_at, id, consented_at, replaced_at);
CREATE INDEX consents_by_name ON consents (institution, name_key, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_kana ON consents (institution, kana_key, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_other_name ON consents (institution, other_key, consented_at, id, expires_at, replaced_at) WHERE other_key <> '';
CREATE INDEX consents_by_receipt ON consents (institution, receipt);
CREATE INDEX consents_by_reference ON consents (institution, replace(reference_number, '-', '')) WHERE reference_number IS NOT NULL;
CREATE INDEX consents_replaced ON consents (institution, consented_at, id, expires_at, replaced_at) WHERE replaced_at IS NOT NULL;
CREATE INDEX consents_standing ON consents (institution, use, subject, expires_at) WHERE replaced_at IS NULL;

ALTER TABLE visits ADD COLUMN check_way TEXT;
ALTER TABLE visits ADD COLUMN medium TEXT;
UPDATE visits SET check_way = 'pin', medium = 'card' WHERE done_at IS NOT NULL;
