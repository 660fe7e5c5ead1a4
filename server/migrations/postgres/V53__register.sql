-- People as result files told of them (`import`): asked where no other register is there. One row a person, the newest file's word.
CREATE TABLE register_people (
    institution      TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id               TEXT COLLATE "C" NOT NULL,
    reference_number TEXT COLLATE "C",
    eligibility      TEXT COLLATE "C" NOT NULL,
    checked_at       BIGINT NOT NULL,
    imported_at      BIGINT NOT NULL,
    PRIMARY KEY (institution, id)
);
