-- 照会番号 of the people here, one insurance each, and how far its registration is. `subject` is empty for somebody who was not here
-- yet; `number_key` is empty where the number was taken off. `held_at`: said to hang on another person's records.
CREATE TABLE reference_numbers (
    id            TEXT PRIMARY KEY NOT NULL,
    institution   TEXT NOT NULL REFERENCES institutions (code),
    subject       TEXT NOT NULL,
    number        TEXT NOT NULL,
    number_key    TEXT NOT NULL,
    insurance_key TEXT NOT NULL,
    insurer       TEXT NOT NULL,
    symbol        TEXT,
    member        TEXT NOT NULL,
    branch        TEXT,
    state         TEXT NOT NULL,
    code          TEXT,
    message       TEXT,
    changed_at    INTEGER NOT NULL,
    changed_by    TEXT,
    held_at       INTEGER,
    held_by       TEXT,
    held_with     TEXT
) STRICT;
CREATE UNIQUE INDEX reference_of_subject ON reference_numbers (institution, subject) WHERE subject <> '';
CREATE UNIQUE INDEX reference_of_number ON reference_numbers (institution, number_key) WHERE number_key <> '';
CREATE UNIQUE INDEX reference_of_insurance ON reference_numbers (institution, insurance_key) WHERE number_key <> '';
CREATE INDEX references_in_order ON reference_numbers (institution, id);
CREATE INDEX references_by_state ON reference_numbers (institution, state, id);
CREATE INDEX references_held ON reference_numbers (institution, id) WHERE held_at IS NOT NULL;
CREATE INDEX references_sending ON reference_numbers (changed_at) WHERE state IN ('sending', 'late');

-- What happened to a number: nothing here is changed.
CREATE TABLE reference_events (
    institution TEXT NOT NULL REFERENCES institutions (code),
    reference   TEXT NOT NULL REFERENCES reference_numbers (id),
    at          INTEGER NOT NULL,
    act         TEXT NOT NULL,
    former      TEXT,
    number      TEXT,
    reason      TEXT,
    note        TEXT NOT NULL,
    done_by     TEXT,
    PRIMARY KEY (reference, at, act)
) STRICT, WITHOUT ROWID;

-- What was handed on of a result, with the number that stood in it.
CREATE TABLE sent_results (
    institution TEXT NOT NULL REFERENCES institutions (code),
    consent     TEXT NOT NULL REFERENCES consents (id),
    what        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    number      TEXT,
    PRIMARY KEY (consent, what, at)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO sent_results (institution, consent, what, at, number)
SELECT c.institution, c.id, 'face', a.at, c.reference_number FROM audit a JOIN consents c ON c.id = a.subject AND c.institution = a.institution
WHERE a.action = 'export.face' AND a.outcome = 'ok';

ALTER TABLE consents ADD COLUMN insurance_key TEXT NOT NULL DEFAULT '';
CREATE INDEX consents_by_insurance ON consents (institution, insurance_key, consented_at, id) WHERE insurance_key <> '';
CREATE INDEX consents_of_use_by_day ON consents (institution, use, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_of_use_by_expiry ON consents (institution, use, expires_at, id, consented_at, replaced_at);
CREATE INDEX consents_of_use_replaced ON consents (institution, use, consented_at, id, expires_at, replaced_at) WHERE replaced_at IS NOT NULL;
CREATE INDEX consents_booked ON consents (institution, booked_on, id, use, expires_at, replaced_at) WHERE booked_on IS NOT NULL;
-- Made anew, so that they come behind those of one use: of two that serve alike, the first is taken.
DROP INDEX consents_by_day;
DROP INDEX consents_by_expiry;
CREATE INDEX consents_by_day ON consents (institution, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_by_expiry ON consents (institution, expires_at, id, consented_at, replaced_at);
