-- 医療扶助 of the month (P-AID). `aid_months`: what was answered last about a person's 医療扶助 in a month, by a check or by the fetch of
-- the month, and beside it what it was before; `aid` without a value: nothing was answered in that month. `review`: an entry that fits the
-- person by name and birth date alone. `aid_fetches`: each fetch, with its counts; without `asked_by` it was due by the clock.
CREATE TABLE aid_months (
    institution     TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    month           TEXT COLLATE "C" NOT NULL,
    subject         TEXT COLLATE "C" NOT NULL,
    payer_key       TEXT COLLATE "C" NOT NULL,
    beneficiary_key TEXT COLLATE "C" NOT NULL,
    kana_key        TEXT COLLATE "C" NOT NULL,
    birth_date      TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    consent         TEXT COLLATE "C",
    aid             TEXT COLLATE "C",
    answered_at     BIGINT,
    of_month        BIGINT NOT NULL,
    former_state    TEXT COLLATE "C",
    changed_at      BIGINT,
    missing_at      BIGINT,
    review          TEXT COLLATE "C",
    PRIMARY KEY (institution, month, subject)
);
CREATE TABLE aid_fetches (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    month       TEXT COLLATE "C" NOT NULL,
    fetched_at  BIGINT NOT NULL,
    asked_by    TEXT COLLATE "C",
    entries     BIGINT NOT NULL,
    matched     BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    to_review   BIGINT NOT NULL,
    nobody      BIGINT NOT NULL,
    missing     BIGINT NOT NULL,
    PRIMARY KEY (institution, month, fetched_at)
);
