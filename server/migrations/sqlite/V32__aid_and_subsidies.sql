-- 医療扶助 of the month (P-AID). `aid_months`: what was answered last about a person's 医療扶助 in a month, by a check or by the fetch of
-- the month, and beside it what it was before; `aid` without a value: nothing was answered in that month. `review`: an entry that fits the
-- person by name and birth date alone. `aid_fetches`: each fetch, with its counts; without `asked_by` it was due by the clock.
CREATE TABLE aid_months (
    institution     TEXT NOT NULL REFERENCES institutions (code),
    month           TEXT NOT NULL,
    subject         TEXT NOT NULL,
    payer_key       TEXT NOT NULL,
    beneficiary_key TEXT NOT NULL,
    kana_key        TEXT NOT NULL,
    birth_date      TEXT NOT NULL,
    name            TEXT NOT NULL,
    consent         TEXT,
    aid             TEXT,
    answered_at     INTEGER,
    of_month        INTEGER NOT NULL,
    former_state    TEXT,
    changed_at      INTEGER,
    missing_at      INTEGER,
    review          TEXT,
    PRIMARY KEY (institution, month, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE aid_fetches (
    institution TEXT NOT NULL REFERENCES institutions (code),
    month       TEXT NOT NULL,
    fetched_at  INTEGER NOT NULL,
    asked_by    TEXT,
    entries     INTEGER NOT NULL,
    matched     INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    to_review   INTEGER NOT NULL,
    nobody      INTEGER NOT NULL,
    missing     INTEGER NOT NULL,
    PRIMARY KEY (institution, month, fetched_at)
) STRICT, WITHOUT ROWID;
