-- The verdict beside the text that holds it, so that a history can be asked for it; and checks by a person's other name.
ALTER TABLE checks ADD COLUMN validity TEXT NOT NULL DEFAULT '';
UPDATE checks SET validity = coalesce(CASE WHEN json_valid(eligibility) THEN json_extract(eligibility, '$.validity') END, '');
ALTER TABLE results ADD COLUMN validity TEXT NOT NULL DEFAULT '';
UPDATE results SET validity = coalesce(CASE WHEN json_valid(eligibility) THEN json_extract(eligibility, '$.validity') END, '');
CREATE INDEX checks_by_other_name ON checks (institution, other_key, checked_at, id) WHERE other_key <> '';

-- A file that is asked line by line by a job, and what became of each line.
CREATE TABLE bulk_checks (
    institution TEXT NOT NULL REFERENCES institutions (code),
    id          TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    started_by  TEXT NOT NULL,
    state       TEXT NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (institution, id)
) STRICT;
CREATE INDEX bulk_checks_by_time ON bulk_checks (started_at);
CREATE TABLE bulk_check_rows (
    institution TEXT NOT NULL,
    run         TEXT NOT NULL,
    line        INTEGER NOT NULL,
    label       TEXT NOT NULL,
    asked       TEXT,
    outcome     TEXT,
    check_id    TEXT,
    PRIMARY KEY (institution, run, line),
    FOREIGN KEY (institution, run) REFERENCES bulk_checks (institution, id)
) STRICT;
CREATE INDEX bulk_check_rows_open ON bulk_check_rows (institution, run, line) WHERE outcome IS NULL;

-- What one institution lets another fetch, and what was fetched.
CREATE TABLE grants (
    institution TEXT NOT NULL REFERENCES institutions (code),
    id          TEXT PRIMARY KEY NOT NULL,
    taker       TEXT NOT NULL REFERENCES institutions (code),
    from_day    TEXT NOT NULL,
    until_day   TEXT NOT NULL,
    given_at    INTEGER NOT NULL,
    given_by    TEXT NOT NULL,
    revoked_at  INTEGER
) STRICT;
CREATE INDEX grants_given ON grants (institution, given_at, id);
CREATE INDEX grants_received ON grants (taker, given_at, id);
CREATE TABLE grant_fetches (
    grant_id TEXT NOT NULL REFERENCES grants (id),
    at       INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    fetched_by TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_day   TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    PRIMARY KEY (grant_id, at, number)
) STRICT;
