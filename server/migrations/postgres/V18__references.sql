-- 照会番号 of the people here, one insurance each, and how far its registration is. `subject` is empty for somebody who was not here
-- yet; `number_key` is empty where the number was taken off. `held_at`: said to hang on another person's records.
CREATE TABLE reference_numbers (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution   TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    subject       TEXT COLLATE "C" NOT NULL,
    number        TEXT NOT NULL,
    number_key    TEXT COLLATE "C" NOT NULL,
    insurance_key TEXT COLLATE "C" NOT NULL,
    insurer       TEXT NOT NULL,
    symbol        TEXT,
    member        TEXT NOT NULL,
    branch        TEXT,
    state         TEXT COLLATE "C" NOT NULL,
    code          TEXT,
    message       TEXT,
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT,
    held_at       BIGINT,
    held_by       TEXT,
    held_with     TEXT
);
CREATE UNIQUE INDEX reference_of_subject ON reference_numbers (institution, subject) WHERE subject <> '';
CREATE UNIQUE INDEX reference_of_number ON reference_numbers (institution, number_key) WHERE number_key <> '';
CREATE UNIQUE INDEX reference_of_insurance ON reference_numbers (institution, insurance_key) WHERE number_key <> '';
CREATE INDEX references_in_order ON reference_numbers (institution, id);
CREATE INDEX references_by_state ON reference_numbers (institution, state, id);
CREATE INDEX references_held ON reference_numbers (institution, id) WHERE held_at IS NOT NULL;
CREATE INDEX references_sending ON reference_numbers (changed_at) WHERE state IN ('sending', 'late');

-- What happened to a number: nothing here is changed.
CREATE TABLE reference_events (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    reference   TEXT COLLATE "C" NOT NULL REFERENCES reference_numbers (id),
    at          BIGINT NOT NULL,
    act         TEXT COLLATE "C" NOT NULL,
    former      TEXT,
    number      TEXT,
    reason      TEXT,
    note        TEXT NOT NULL,
    done_by     TEXT,
    PRIMARY KEY (reference, at, act)
);

-- What was handed on of a result, with the number that stood in it.
CREATE TABLE sent_results (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    consent     TEXT COLLATE "C" NOT NULL REFERENCES consents (id),
    what        TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    number      TEXT,
    PRIMARY KEY (consent, what, at)
);
INSERT INTO sent_results (institution, consent, what, at, number)
SELECT c.institution, c.id, 'face', a.at, c.reference_number FROM audit a JOIN consents c ON c.id = a.subject AND c.institution = a.institution
WHERE a.action = 'export.face' AND a.outcome = 'ok' ON CONFLICT DO NOTHING;

ALTER TABLE consents ADD COLUMN insurance_key TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX consents_by_insurance ON consents (institution, insurance_key, consented_at, id) WHERE insurance_key <> '';
CREATE INDEX consents_of_use_by_day ON consents (institution, use, consented_at, id, expires_at, replaced_at);
CREATE INDEX consents_of_use_by_expiry ON consents (institution, use, expires_at, id, consented_at, replaced_at);
CREATE INDEX consents_of_use_replaced ON consents (institution, use, consented_at, id, expires_at, replaced_at) WHERE replaced_at IS NOT NULL;
ALTER TABLE consents ALTER COLUMN booked_on TYPE TEXT COLLATE "C";
CREATE INDEX consents_booked ON consents (institution, booked_on, id, use, expires_at, replaced_at) WHERE booked_on IS NOT NULL;
