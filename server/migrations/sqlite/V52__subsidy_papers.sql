-- 受給者証 of 医療費助成 that staff read from paper (P-PMH), by the person: kept beside the results, ended by their own date or by a person
-- with a reason. `municipalities`: which ones are known to be connected, from when to when, as the operator filed it.
CREATE TABLE subsidy_papers (
    institution TEXT NOT NULL REFERENCES institutions (code),
    subject     TEXT NOT NULL,
    id          TEXT NOT NULL,
    content     TEXT NOT NULL,
    entered_at  INTEGER NOT NULL,
    entered_by  TEXT NOT NULL,
    ended_at    INTEGER,
    ended_by    TEXT,
    end_reason  TEXT,
    PRIMARY KEY (institution, subject, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE municipalities (
    place       TEXT NOT NULL,
    joined_from TEXT NOT NULL,
    joined_to   TEXT,
    source      TEXT NOT NULL,
    filed_at    INTEGER NOT NULL,
    PRIMARY KEY (place, joined_from)
) STRICT, WITHOUT ROWID;
