-- People as result files told of them (`import`): asked where no other register is there. One row a person, the newest file's word.
CREATE TABLE register_people (
    institution      TEXT NOT NULL REFERENCES institutions (code),
    id               TEXT NOT NULL,
    reference_number TEXT,
    eligibility      TEXT NOT NULL,
    checked_at       INTEGER NOT NULL,
    imported_at      INTEGER NOT NULL,
    PRIMARY KEY (institution, id)
) STRICT, WITHOUT ROWID;
