-- The verdict beside the text that holds it, so that a history can be asked for it; and checks by a person's other name.
ALTER TABLE checks ADD COLUMN validity TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE checks SET validity = coalesce(substring(eligibility from '"validity":"([a-z_]+)"'), '');
ALTER TABLE results ADD COLUMN validity TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE results SET validity = coalesce(substring(eligibility from '"validity":"([a-z_]+)"'), '');
CREATE INDEX checks_by_other_name ON checks (institution, other_key, checked_at, id) WHERE other_key <> '';

-- A file that is asked line by line by a job, and what became of each line.
CREATE TABLE bulk_checks (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id          TEXT COLLATE "C" NOT NULL,
    started_at  BIGINT NOT NULL,
    started_by  TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    ended_at    BIGINT,
    PRIMARY KEY (institution, id)
);
CREATE INDEX bulk_checks_by_time ON bulk_checks (started_at);
CREATE TABLE bulk_check_rows (
    institution TEXT COLLATE "C" NOT NULL,
    run         TEXT COLLATE "C" NOT NULL,
    line        BIGINT NOT NULL,
    label       TEXT COLLATE "C" NOT NULL,
    asked       TEXT COLLATE "C",
    outcome     TEXT COLLATE "C",
    check_id    TEXT COLLATE "C",
    PRIMARY KEY (institution, run, line),
    FOREIGN KEY (institution, run) REFERENCES bulk_checks (institution, id)
);
CREATE INDEX bulk_check_rows_open ON bulk_check_rows (institution, run, line) WHERE outcome IS NULL;

-- What one institution lets another fetch, and what was fetched.
CREATE TABLE grants (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    taker       TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    from_day    TEXT COLLATE "C" NOT NULL,
    until_day   TEXT COLLATE "C" NOT NULL,
    given_at    BIGINT NOT NULL,
    given_by    TEXT COLLATE "C" NOT NULL,
    revoked_at  BIGINT
);
CREATE INDEX grants_given ON grants (institution, given_at, id);
CREATE INDEX grants_received ON grants (taker, given_at, id);
CREATE TABLE grant_fetches (
    grant_id TEXT COLLATE "C" NOT NULL REFERENCES grants (id),
    at       BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    fetched_by TEXT COLLATE "C" NOT NULL,
    from_day TEXT COLLATE "C" NOT NULL,
    to_day   TEXT COLLATE "C" NOT NULL,
    row_count BIGINT NOT NULL,
    PRIMARY KEY (grant_id, at, number)
);
