-- 医療情報閲覧履歴: which kind of medical information was shown, of whom, to whom, when. Rows are only ever added; what was shown is
-- not kept. A consent that is removed (training) leaves its views: so no reference.
CREATE TABLE medical_views (
    id          TEXT PRIMARY KEY NOT NULL,
    institution TEXT NOT NULL REFERENCES institutions (code),
    consent     TEXT NOT NULL,
    subject     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    viewed_at   INTEGER NOT NULL,
    viewed_by   TEXT NOT NULL,
    lines       INTEGER NOT NULL
) STRICT;
-- This one first: SQLite takes the first of two indexes that cost alike.
CREATE INDEX medical_views_by_user ON medical_views (institution, viewed_by, viewed_at, id);
CREATE INDEX medical_views_by_time ON medical_views (institution, viewed_at, id);
