-- What an institution was let in for: of the limited type it checks eligibility alone.
ALTER TABLE institutions ADD COLUMN edition TEXT NOT NULL DEFAULT 'home_consent';

-- Registrations whose link was not followed yet. Several may wait for one address: only who has the mail and the password ends one.
CREATE TABLE registrations (
    id            TEXT PRIMARY KEY NOT NULL,
    facility      TEXT NOT NULL,
    name          TEXT NOT NULL,
    facility_name TEXT NOT NULL,
    phone         TEXT NOT NULL,
    mail          TEXT NOT NULL,
    mail_key      TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX registrations_by_mail ON registrations (mail_key, at);
CREATE INDEX registrations_by_age ON registrations (at);

-- The registered users of facilities, each with its one application.
CREATE TABLE applicants (
    id            TEXT PRIMARY KEY NOT NULL,
    facility      TEXT NOT NULL,
    name          TEXT NOT NULL,
    facility_name TEXT NOT NULL,
    phone         TEXT NOT NULL,
    mail          TEXT NOT NULL,
    mail_key      TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    state         TEXT NOT NULL,
    round         INTEGER NOT NULL,
    checked_by    TEXT,
    digits        TEXT,
    staff         INTEGER,
    devices       INTEGER,
    sent_at       INTEGER,
    answered_at   INTEGER,
    reason        TEXT,
    institution   TEXT REFERENCES institutions (code)
) STRICT, WITHOUT ROWID;
CREATE INDEX applicants_by_state ON applicants (state, sent_at);

CREATE TABLE applicant_sessions (
    id_sha256 BLOB PRIMARY KEY NOT NULL,
    applicant TEXT NOT NULL REFERENCES applicants (id),
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX applicant_sessions_by_end ON applicant_sessions (ends_at);

-- How often the settings sheet of an account was made. What is secret in one is kept nowhere.
CREATE TABLE sheets (
    institution TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    made        INTEGER NOT NULL,
    made_at     INTEGER,
    PRIMARY KEY (institution, user_id),
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
) STRICT, WITHOUT ROWID;

-- Mails: one for each event, named by it. What is of a person leaves with the sending.
CREATE TABLE mails (
    id         TEXT PRIMARY KEY NOT NULL,
    applicant  TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at    INTEGER,
    dead_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX mails_by_applicant ON mails (applicant);
CREATE INDEX mails_by_sending ON mails (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX mails_dead ON mails (dead_at) WHERE dead_at IS NOT NULL;
