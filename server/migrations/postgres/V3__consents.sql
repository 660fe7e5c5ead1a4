-- How a person was checked and what they showed are columns. A visit has them once it is done. Each condition of the office's list
-- has an index that its rows are counted and sorted from alone.
ALTER TABLE consents RENAME COLUMN identity_check TO check_way;
ALTER TABLE consents ADD COLUMN medium TEXT NOT NULL DEFAULT 'card';
ALTER TABLE consents ALTER COLUMN medium DROP DEFAULT;
DROP INDEX consents_by_day, consents_by_expiry, consents_by_name, consents_by_kana, consents_by_other_name, consents_by_receipt;
CREATE INDEX consents_by_day ON consents (institution, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_expiry ON consents (institution, expires_at, id, consented_at, replaced_at);
CREATE INDEX consents_by_name ON consents (institution, name_key, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_kana ON consents (institution, kana_key, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_other_name ON consents (institution, other_key, consented_at, id, expires_at, replaced_at) WHERE other_key <> '';
CREATE INDEX consents_by_receipt ON consents (institution, receipt);
CREATE INDEX consents_by_reference ON consents (institution, replace(reference_number, '-', '')) WHERE reference_number IS NOT NULL;
CREATE INDEX consents_replaced ON consents (institution, consented_at, id, expires_at, replaced_at) WHERE replaced_at IS NOT NULL;

ALTER TABLE visits ADD COLUMN check_way TEXT;
ALTER TABLE visits ADD COLUMN medium TEXT;
UPDATE visits SET check_way = 'pin', medium = 'card' WHERE done_at IS NOT NULL;
