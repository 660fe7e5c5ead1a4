-- The office finds people by their other name and visits by their receipt; a person's choice among several coverages is kept
-- beside what the register answered; answers that were kept for a tablet are found when their time is over.
ALTER TABLE consents ADD COLUMN other_key TEXT NOT NULL DEFAULT '';
CREATE INDEX consents_by_other_name ON consents (institution, other_key, id) WHERE other_key <> '';
CREATE INDEX consents_by_receipt ON consents (institution, receipt, id);
ALTER TABLE results ADD COLUMN chosen INTEGER;
ALTER TABLE results ADD COLUMN chosen_at INTEGER;
ALTER TABLE results ADD COLUMN chosen_by TEXT;
CREATE INDEX visits_with_result ON visits (done_at) WHERE result IS NOT NULL;
