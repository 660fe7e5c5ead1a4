-- The list's withdrawn consents have an index of their own (`ended_why` 1: by the institution, 2: by the patient), as the replaced ones do.
CREATE INDEX consents_withdrawn ON consents (institution, consented_at, id, expires_at, replaced_at, ended_why, use) WHERE ended_why IN (1, 2);
-- What else a list asks for of the consents it goes along is in their indexes, so that no row is read for nothing: what ended a consent;
-- by a name, the use and the booked day; by a booked day, the names; by a deadline of a use, whose consent it is (the work of a month).
-- Those of one use are made first: of two that serve alike, SQLite takes the first.
DROP INDEX consents_replaced;
DROP INDEX consents_of_use_replaced;
DROP INDEX consents_of_use_by_expiry;
DROP INDEX consents_by_day;
DROP INDEX consents_by_expiry;
DROP INDEX consents_by_name;
DROP INDEX consents_by_kana;
DROP INDEX consents_by_other_name;
DROP INDEX consents_booked;
CREATE INDEX consents_of_use_replaced ON consents (institution, use, consented_at, id, expires_at, replaced_at, ended_why)
    WHERE replaced_at IS NOT NULL;
CREATE INDEX consents_replaced ON consents (institution, consented_at, id, expires_at, replaced_at, ended_why) WHERE replaced_at IS NOT NULL;
CREATE INDEX consents_of_use_by_expiry ON consents (institution, use, expires_at, id, consented_at, replaced_at, ended_why, subject);
CREATE INDEX consents_by_day ON consents (institution, consented_at, id, expires_at, replaced_at, ended_why);
CREATE INDEX consents_by_expiry ON consents (institution, expires_at, id, consented_at, replaced_at, ended_why);
CREATE INDEX consents_by_name ON consents (institution, name_key, consented_at, id, expires_at, replaced_at, ended_why, use, booked_on);
CREATE INDEX consents_by_kana ON consents (institution, kana_key, consented_at, id, expires_at, replaced_at, ended_why, use, booked_on);
CREATE INDEX consents_by_other_name ON consents (institution, other_key, consented_at, id, expires_at, replaced_at, ended_why, use, booked_on)
    WHERE other_key <> '';
CREATE INDEX consents_booked ON consents (institution, booked_on, id, use, expires_at, replaced_at, ended_why, name_key, kana_key, other_key)
    WHERE booked_on IS NOT NULL;
