-- Backups that were made, or failed, and how the trial of one came out. Of the whole database, so of no institution.
CREATE TABLE backups (
    made_at      BIGINT PRIMARY KEY NOT NULL,
    place        TEXT NOT NULL,
    file         TEXT,
    bytes        BIGINT,
    outcome      TEXT NOT NULL,
    tested_at    BIGINT,
    test_outcome TEXT
);

-- An institution for training is one from its first day on, and stays one.
ALTER TABLE institutions ADD COLUMN is_training BOOLEAN NOT NULL DEFAULT FALSE;

-- 承継: since when the institution has another code. From then on it can only be read, and after a time not even that.
ALTER TABLE institutions ADD COLUMN closed_at BIGINT;

-- Changes of an institution's code: started by the operator, what follows is chosen by the admin, done on its day by a job.
CREATE TABLE successions (
    institution  TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    started_at   BIGINT NOT NULL,
    new_code     TEXT COLLATE "C" NOT NULL,
    from_day     TEXT NOT NULL,
    reason       TEXT NOT NULL,
    items        TEXT,
    chosen_at    BIGINT,
    chosen_by    TEXT COLLATE "C",
    cancelled_at BIGINT,
    done_at      BIGINT,
    PRIMARY KEY (institution, started_at)
);
CREATE UNIQUE INDEX successions_open ON successions (institution) WHERE cancelled_at IS NULL AND done_at IS NULL;
CREATE UNIQUE INDEX successions_new_code ON successions (new_code) WHERE cancelled_at IS NULL;
