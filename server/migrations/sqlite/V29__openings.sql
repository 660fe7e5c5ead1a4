-- Openings for a disaster or a failure of the system (OT-17): the record, each search, each person seen; and what became of checks that
-- were to be made again. A person seen is a row of `checks` under the same id.
CREATE TABLE openings (
    institution    TEXT NOT NULL REFERENCES institutions (code),
    id             TEXT NOT NULL,
    kind           TEXT NOT NULL,
    area           TEXT NOT NULL,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL,
    notice_number  TEXT,
    called_at      INTEGER,
    called_whom    TEXT,
    called_back_at INTEGER,
    case_number    TEXT,
    opened_at      INTEGER NOT NULL,
    opened_by      TEXT,
    closed_at      INTEGER,
    closed_by      TEXT,
    handed_in_on   TEXT,
    handed_in_to   TEXT,
    handed_in_by   TEXT,
    PRIMARY KEY (institution, id)
) STRICT;
CREATE INDEX openings_to_report ON openings (institution, ends_at) WHERE handed_in_on IS NULL;
CREATE TABLE opening_searches (
    institution TEXT NOT NULL REFERENCES institutions (code),
    id          TEXT NOT NULL,
    opening     TEXT NOT NULL,
    searched_at INTEGER NOT NULL,
    done_by     TEXT NOT NULL,
    form        TEXT NOT NULL,
    found       INTEGER NOT NULL,
    PRIMARY KEY (institution, id)
) STRICT;
CREATE INDEX opening_searches_of ON opening_searches (institution, opening, id);
CREATE TABLE opening_views (
    institution TEXT NOT NULL REFERENCES institutions (code),
    id          TEXT NOT NULL,
    opening     TEXT NOT NULL,
    viewed_at   INTEGER NOT NULL,
    done_by     TEXT NOT NULL,
    ground      TEXT,
    reason      TEXT,
    PRIMARY KEY (institution, id)
) STRICT;
CREATE INDEX opening_views_of ON opening_views (institution, opening, id);
CREATE TABLE later_checks (
    institution   TEXT NOT NULL REFERENCES institutions (code),
    id            TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    done_at       INTEGER NOT NULL,
    done_by       TEXT NOT NULL,
    reason        TEXT,
    later_check   TEXT,
    later_consent TEXT,
    PRIMARY KEY (institution, id)
) STRICT;
