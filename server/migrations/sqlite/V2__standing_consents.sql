-- The consent that a new one may replace is found in one step, however many the institution or the person has.
DROP INDEX consents_by_subject;
CREATE INDEX consents_standing ON consents (institution, use, subject, expires_at) WHERE replaced_at IS NULL;
