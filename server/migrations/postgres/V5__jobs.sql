-- Work that is due by the clock. Several servers may look: whoever takes a row has it until `leased_until`, keeps it by
-- renewing, and notes how far it came; when it dies, the next one goes on from there. A row with `every_ms` comes again.
CREATE TABLE jobs (
    id           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    body         TEXT NOT NULL,
    due_at       BIGINT NOT NULL,
    every_ms     BIGINT,
    owner        BYTEA,
    leased_until BIGINT,
    progress     TEXT NOT NULL,
    tries        BIGINT NOT NULL
);
CREATE INDEX jobs_by_due ON jobs (due_at);

-- Visits that were opened and never proved leave some time after their end.
CREATE INDEX visits_unfinished ON visits (expires_at) WHERE done_at IS NULL;

-- From where an account logged in before: SHA-256 of an address or of the secret in a browser's cookie. Such a place has
-- tries of its own, so that outsiders who guess do not keep its person out.
CREATE TABLE known_places (
    place_sha256 BYTEA NOT NULL,
    institution  TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    seen_at      BIGINT NOT NULL,
    PRIMARY KEY (place_sha256, institution, user_id)
);
CREATE INDEX known_places_by_age ON known_places (seen_at);

-- A refusal that repeats has a row in the audit log for its first time; the further ones are counted here until one row
-- says how many they were.
CREATE TABLE repeated_refusals (
    key_sha256  BYTEA PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C",
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    subject     TEXT,
    outcome     TEXT NOT NULL,
    further     BIGINT NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL
);
CREATE INDEX repeated_refusals_by_age ON repeated_refusals (first_at);
