-- The work of the month. `month_checks`: the first successful check of a person in a month, under a consent where there is one (it is
-- the evidence of a fee). `coverage_changes`: the last change that a check of the month found. `shown_ends`: the last
-- day of the certificate or the paper that a person showed last. All three are derived from consents and checks as they are kept.
CREATE TABLE month_checks (
    institution TEXT NOT NULL REFERENCES institutions (code),
    month       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    checked_at  INTEGER NOT NULL,
    consent     TEXT,
    check_id    TEXT,
    check_way   TEXT NOT NULL,
    medium      TEXT NOT NULL,
    done_by     TEXT,
    PRIMARY KEY (institution, month, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX month_checks_by_time ON month_checks (institution, month, checked_at, subject);

CREATE TABLE coverage_changes (
    institution TEXT NOT NULL REFERENCES institutions (code),
    month       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    found_at    INTEGER NOT NULL,
    consent     TEXT,
    former      TEXT NOT NULL,
    check_id    TEXT NOT NULL,
    PRIMARY KEY (institution, month, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX coverage_changes_by_time ON coverage_changes (institution, month, found_at, subject);

CREATE TABLE shown_ends (
    institution TEXT NOT NULL REFERENCES institutions (code),
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    ends_on     TEXT NOT NULL,
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (institution, kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_ends_by_day ON shown_ends (institution, kind, ends_on, subject);

-- Set by staff: from the day after, nobody asks again about this person under a consent given until then.
CREATE TABLE relation_ends (
    institution TEXT NOT NULL REFERENCES institutions (code),
    subject     TEXT NOT NULL,
    ended_on    TEXT NOT NULL,
    noted_at    INTEGER NOT NULL,
    noted_by    TEXT NOT NULL,
    PRIMARY KEY (institution, subject)
) STRICT, WITHOUT ROWID;

-- How far a bulk check has come or came: of a month, or of the list of a day.
CREATE TABLE bulk_runs (
    institution TEXT NOT NULL REFERENCES institutions (code),
    kind        TEXT NOT NULL,
    of_what     TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    started_by  TEXT NOT NULL,
    total       INTEGER NOT NULL,
    done        INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (institution, kind, of_what)
) STRICT, WITHOUT ROWID;

-- Who is visited on a day. A person who is known here has the register's id; numbers that were typed stand in `asked`.
CREATE TABLE day_visits (
    institution TEXT NOT NULL REFERENCES institutions (code),
    day         TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    kana        TEXT NOT NULL,
    birth_date  TEXT,
    room        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    consent     TEXT,
    asked       TEXT,
    state       TEXT NOT NULL,
    check_id    TEXT,
    checked_at  INTEGER,
    added_at    INTEGER NOT NULL,
    added_by    TEXT NOT NULL,
    PRIMARY KEY (institution, day, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_visits_old ON day_visits (day);

-- What a person closed in the check before claims, with why.
CREATE TABLE claims_closed (
    institution TEXT NOT NULL REFERENCES institutions (code),
    month       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    about       TEXT NOT NULL,
    note        TEXT NOT NULL,
    closed_at   INTEGER NOT NULL,
    closed_by   TEXT NOT NULL,
    PRIMARY KEY (institution, month, kind, about)
) STRICT, WITHOUT ROWID;

INSERT INTO month_checks (institution, month, subject, checked_at, consent, check_id, check_way, medium, done_by)
SELECT institution, strftime('%Y-%m', checked_at / 1000 + 32400, 'unixepoch'), subject, checked_at, consent, check_id, check_way, medium, done_by
FROM (SELECT c.institution, c.subject, r.checked_at, c.id AS consent, NULL AS check_id, c.check_way, c.medium, NULL AS done_by, r.eligibility
      FROM consents c JOIN results r ON r.consent = c.id
      UNION ALL
      SELECT institution, subject, checked_at, consent, id, check_way, medium, done_by, eligibility FROM checks
      WHERE subject <> '' AND state = 'done') AS found
WHERE eligibility LIKE '%"validity":"valid"%' OR eligibility LIKE '%"validity":"several"%' OR eligibility LIKE '%"validity":"replaced"%'
ORDER BY checked_at
ON CONFLICT (institution, month, subject) DO UPDATE SET checked_at = excluded.checked_at, consent = excluded.consent,
    check_id = excluded.check_id, check_way = excluded.check_way, medium = excluded.medium, done_by = excluded.done_by
WHERE month_checks.consent IS NULL AND excluded.consent IS NOT NULL;
