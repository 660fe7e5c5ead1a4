-- Work that is due by the clock. Several servers may look: whoever takes a row has it until `leased_until`, keeps it by
-- renewing, and notes how far it came; when it dies, the next one goes on from there. A row with `every_ms` comes again.
CREATE TABLE jobs (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    body         TEXT NOT NULL,
    due_at       INTEGER NOT NULL,
    every_ms     INTEGER,
    owner        BLOB,
    leased_until INTEGER,
    progress     TEXT NOT NULL,
    tries        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_due ON jobs (due_at);

-- Visits that were opened and never proved leave some time after their end.
CREATE INDEX visits_unfinished ON visits (expires_at) WHERE done_at IS NULL;

-- From where an account logged in before: SHA-256 of an address or of the secret in a browser's cookie. Such a place has
-- tries of its own, so that outsiders who guess do not keep its person out.
CREATE TABLE known_places (
    place_sha256 BLOB NOT NULL,
    institution  TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (place_sha256, institution, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_places_by_age ON known_places (seen_at);

-- A refusal that repeats has a row in the audit log for its first time; the further ones are counted here until one row
-- says how many they were.
CREATE TABLE repeated_refusals (
    key_sha256  BLOB PRIMARY KEY NOT NULL,
    institution TEXT,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    subject     TEXT,
    outcome     TEXT NOT NULL,
    further     INTEGER NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX repeated_refusals_by_age ON repeated_refusals (first_at);
