-- Backups that were made, or failed, and how the trial of one came out. Of the whole database, so of no institution.
CREATE TABLE backups (
    made_at      INTEGER PRIMARY KEY NOT NULL,
    place        TEXT NOT NULL,
    file         TEXT,
    bytes        INTEGER,
    outcome      TEXT NOT NULL,
    tested_at    INTEGER,
    test_outcome TEXT
) STRICT, WITHOUT ROWID;

-- An institution for training is one from its first day on, and stays one.
ALTER TABLE institutions ADD COLUMN is_training INTEGER NOT NULL DEFAULT 0 CHECK (is_training IN (0, 1));

-- 承継: since when the institution has another code. From then on it can only be read, and after a time not even that.
ALTER TABLE institutions ADD COLUMN closed_at INTEGER;

-- Changes of an institution's code: started by the operator, what follows is chosen by the admin, done on its day by a job.
CREATE TABLE successions (
    institution  TEXT NOT NULL REFERENCES institutions (code),
    started_at   INTEGER NOT NULL,
    new_code     TEXT NOT NULL,
    from_day     TEXT NOT NULL,
    reason       TEXT NOT NULL,
    items        TEXT,
    chosen_at    INTEGER,
    chosen_by    TEXT,
    cancelled_at INTEGER,
    done_at      INTEGER,
    PRIMARY KEY (institution, started_at)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX successions_open ON successions (institution) WHERE cancelled_at IS NULL AND done_at IS NULL;
CREATE UNIQUE INDEX successions_new_code ON successions (new_code) WHERE cancelled_at IS NULL;
