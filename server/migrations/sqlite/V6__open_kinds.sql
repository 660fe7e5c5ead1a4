-- Kinds of accounts are the program's to know, not the table's; `user` is a word of other databases.
-- Runs with foreign keys off, so that a table may be made anew under the ones that refer to it.
CREATE TABLE accounts_next (
    institution          TEXT NOT NULL REFERENCES institutions (code),
    user_id              TEXT NOT NULL,
    name                 TEXT NOT NULL,
    kind                 TEXT NOT NULL,
    password_hash        TEXT NOT NULL,
    must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
    valid_from           TEXT,
    valid_until          TEXT,
    PRIMARY KEY (institution, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO accounts_next
SELECT institution, user, name, kind, password_hash, must_change_password, valid_from, valid_until FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_next RENAME TO accounts;

-- Whoever is logged in logs in again: the sessions of before the update are not carried over.
DROP TABLE sessions;
CREATE TABLE sessions (
    id_sha256   BLOB PRIMARY KEY NOT NULL,
    institution TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (institution, user_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Which version of the program made what is made of other columns (search keys): an update makes them anew.
CREATE TABLE derived (
    name    TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What all servers on one database must have in common. Here a file beside the database holds it (visit.key).
CREATE TABLE shared_keys (
    name TEXT PRIMARY KEY NOT NULL,
    key  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
