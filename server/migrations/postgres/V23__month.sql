-- The work of the month. `month_checks`: the first successful check of a person in a month, under a consent where there is one (it is
-- the evidence of a fee). `coverage_changes`: the last change that a check of the month found. `shown_ends`: the last
-- day of the certificate or the paper that a person showed last. All three are derived from consents and checks as they are kept.
CREATE TABLE month_checks (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    month       TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    checked_at  BIGINT NOT NULL,
    consent     TEXT COLLATE "C",
    check_id    TEXT COLLATE "C",
    check_way   TEXT COLLATE "C" NOT NULL,
    medium      TEXT COLLATE "C" NOT NULL,
    done_by     TEXT COLLATE "C",
    PRIMARY KEY (institution, month, subject)
);
CREATE INDEX month_checks_by_time ON month_checks (institution, month, checked_at, subject);

CREATE TABLE coverage_changes (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    month       TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    found_at    BIGINT NOT NULL,
    consent     TEXT COLLATE "C",
    former      TEXT COLLATE "C" NOT NULL,
    check_id    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, month, subject)
);
CREATE INDEX coverage_changes_by_time ON coverage_changes (institution, month, found_at, subject);

CREATE TABLE shown_ends (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    kind        TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    ends_on     TEXT COLLATE "C" NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (institution, kind, subject)
);
CREATE INDEX shown_ends_by_day ON shown_ends (institution, kind, ends_on, subject);

-- Set by staff: from the day after, nobody asks again about this person under a consent given until then.
CREATE TABLE relation_ends (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    subject     TEXT COLLATE "C" NOT NULL,
    ended_on    TEXT COLLATE "C" NOT NULL,
    noted_at    BIGINT NOT NULL,
    noted_by    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, subject)
);

-- How far a bulk check has come or came: of a month, or of the list of a day.
CREATE TABLE bulk_runs (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    kind        TEXT COLLATE "C" NOT NULL,
    of_what     TEXT COLLATE "C" NOT NULL,
    started_at  BIGINT NOT NULL,
    started_by  TEXT COLLATE "C" NOT NULL,
    total       BIGINT NOT NULL,
    done        BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    refused     BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (institution, kind, of_what)
);

-- Who is visited on a day. A person who is known here has the register's id; numbers that were typed stand in `asked`.
CREATE TABLE day_visits (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    day         TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    kana        TEXT COLLATE "C" NOT NULL,
    birth_date  TEXT COLLATE "C",
    room        TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    consent     TEXT COLLATE "C",
    asked       TEXT COLLATE "C",
    state       TEXT COLLATE "C" NOT NULL,
    check_id    TEXT COLLATE "C",
    checked_at  BIGINT,
    added_at    BIGINT NOT NULL,
    added_by    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, day, id)
);
CREATE INDEX day_visits_old ON day_visits (day);

-- What a person closed in the check before claims, with why.
CREATE TABLE claims_closed (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    month       TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    about       TEXT COLLATE "C" NOT NULL,
    note        TEXT COLLATE "C" NOT NULL,
    closed_at   BIGINT NOT NULL,
    closed_by   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, month, kind, about)
);

INSERT INTO month_checks (institution, month, subject, checked_at, consent, check_id, check_way, medium, done_by)
SELECT DISTINCT ON (institution, month, subject) institution, month, subject, checked_at, consent, check_id, check_way, medium, done_by
FROM (SELECT institution, to_char(to_timestamp(checked_at / 1000) AT TIME ZONE 'UTC' + interval '9 hours', 'YYYY-MM') AS month, subject,
             checked_at, consent, check_id, check_way, medium, done_by
      FROM (SELECT c.institution, c.subject, r.checked_at, c.id AS consent, NULL AS check_id, c.check_way, c.medium, NULL AS done_by, r.eligibility
            FROM consents c JOIN results r ON r.consent = c.id
            UNION ALL
            SELECT institution, subject, checked_at, consent, id, check_way, medium, done_by, eligibility FROM checks
            WHERE subject <> '' AND state = 'done') AS found
      WHERE eligibility LIKE '%"validity":"valid"%' OR eligibility LIKE '%"validity":"several"%'
         OR eligibility LIKE '%"validity":"replaced"%') AS told
ORDER BY institution, month, subject, consent IS NULL, checked_at;
