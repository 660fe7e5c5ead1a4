-- Openings for a disaster or a failure of the system (OT-17): the record, each search, each person seen; and what became of checks that
-- were to be made again. A person seen is a row of `checks` under the same id.
CREATE TABLE openings (
    institution    TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id             TEXT COLLATE "C" NOT NULL,
    kind           TEXT COLLATE "C" NOT NULL,
    area           TEXT COLLATE "C" NOT NULL,
    starts_at      BIGINT NOT NULL,
    ends_at        BIGINT NOT NULL,
    notice_number  TEXT COLLATE "C",
    called_at      BIGINT,
    called_whom    TEXT COLLATE "C",
    called_back_at BIGINT,
    case_number    TEXT COLLATE "C",
    opened_at      BIGINT NOT NULL,
    opened_by      TEXT COLLATE "C",
    closed_at      BIGINT,
    closed_by      TEXT COLLATE "C",
    handed_in_on   TEXT COLLATE "C",
    handed_in_to   TEXT COLLATE "C",
    handed_in_by   TEXT COLLATE "C",
    PRIMARY KEY (institution, id)
);
CREATE INDEX openings_to_report ON openings (institution, ends_at) WHERE handed_in_on IS NULL;
CREATE TABLE opening_searches (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id          TEXT COLLATE "C" NOT NULL,
    opening     TEXT COLLATE "C" NOT NULL,
    searched_at BIGINT NOT NULL,
    done_by     TEXT COLLATE "C" NOT NULL,
    form        TEXT COLLATE "C" NOT NULL,
    found       BIGINT NOT NULL,
    PRIMARY KEY (institution, id)
);
CREATE INDEX opening_searches_of ON opening_searches (institution, opening, id);
CREATE TABLE opening_views (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id          TEXT COLLATE "C" NOT NULL,
    opening     TEXT COLLATE "C" NOT NULL,
    viewed_at   BIGINT NOT NULL,
    done_by     TEXT COLLATE "C" NOT NULL,
    ground      TEXT COLLATE "C",
    reason      TEXT COLLATE "C",
    PRIMARY KEY (institution, id)
);
CREATE INDEX opening_views_of ON opening_views (institution, opening, id);
CREATE TABLE later_checks (
    institution   TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    id            TEXT COLLATE "C" NOT NULL,
    outcome       TEXT COLLATE "C" NOT NULL,
    done_at       BIGINT NOT NULL,
    done_by       TEXT COLLATE "C" NOT NULL,
    reason        TEXT COLLATE "C",
    later_check   TEXT COLLATE "C",
    later_consent TEXT COLLATE "C",
    PRIMARY KEY (institution, id)
);
