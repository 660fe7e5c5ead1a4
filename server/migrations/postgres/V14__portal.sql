-- What an institution was let in for: of the limited type it checks eligibility alone.
ALTER TABLE institutions ADD COLUMN edition TEXT NOT NULL DEFAULT 'home_consent';

-- Registrations whose link was not followed yet. Several may wait for one address: only who has the mail and the password ends one.
CREATE TABLE registrations (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    facility      TEXT NOT NULL,
    name          TEXT NOT NULL,
    facility_name TEXT NOT NULL,
    phone         TEXT NOT NULL,
    mail          TEXT NOT NULL,
    mail_key      TEXT COLLATE "C" NOT NULL,
    password_hash TEXT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX registrations_by_mail ON registrations (mail_key, at);
CREATE INDEX registrations_by_age ON registrations (at);

-- The registered users of facilities, each with its one application.
CREATE TABLE applicants (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    facility      TEXT NOT NULL,
    name          TEXT NOT NULL,
    facility_name TEXT NOT NULL,
    phone         TEXT NOT NULL,
    mail          TEXT NOT NULL,
    mail_key      TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    state         TEXT NOT NULL,
    round         BIGINT NOT NULL,
    checked_by    TEXT,
    digits        TEXT,
    staff         BIGINT,
    devices       BIGINT,
    sent_at       BIGINT,
    answered_at   BIGINT,
    reason        TEXT,
    institution   TEXT COLLATE "C" REFERENCES institutions (code)
);
CREATE INDEX applicants_by_state ON applicants (state, sent_at);

CREATE TABLE applicant_sessions (
    id_sha256 BYTEA PRIMARY KEY NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL REFERENCES applicants (id),
    opened_at BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL
);
CREATE INDEX applicant_sessions_by_end ON applicant_sessions (ends_at);

-- How often the settings sheet of an account was made. What is secret in one is kept nowhere.
CREATE TABLE sheets (
    institution TEXT COLLATE "C" NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    made        BIGINT NOT NULL,
    made_at     BIGINT,
    PRIMARY KEY (institution, user_id),
    FOREIGN KEY (institution, user_id) REFERENCES accounts (institution, user_id)
);

-- Mails: one for each event, named by it. What is of a person leaves with the sending.
CREATE TABLE mails (
    id         TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    applicant  TEXT COLLATE "C" NOT NULL,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT,
    dead_at    BIGINT
);
CREATE INDEX mails_by_applicant ON mails (applicant);
CREATE INDEX mails_by_sending ON mails (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX mails_dead ON mails (dead_at) WHERE dead_at IS NOT NULL;
