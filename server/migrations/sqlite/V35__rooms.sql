-- The rooms of a home (DA-14): where a person is, and what staff marked at the device. `way` and `later` are marks; `card` is 'out' while
-- the person's card is in hand and 'back' after; `result_consent` is the consent whose check is the person's of that day.
ALTER TABLE day_visits ADD COLUMN home TEXT NOT NULL DEFAULT '';
ALTER TABLE day_visits ADD COLUMN floor TEXT NOT NULL DEFAULT '';
ALTER TABLE day_visits ADD COLUMN way TEXT;
ALTER TABLE day_visits ADD COLUMN later TEXT;
ALTER TABLE day_visits ADD COLUMN card TEXT;
ALTER TABLE day_visits ADD COLUMN result_consent TEXT;
