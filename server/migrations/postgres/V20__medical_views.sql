-- 医療情報閲覧履歴: which kind of medical information was shown, of whom, to whom, when. Rows are only ever added; what was shown is
-- not kept. A consent that is removed (training) leaves its views: so no reference.
CREATE TABLE medical_views (
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    consent     TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    kind        TEXT NOT NULL,
    viewed_at   BIGINT NOT NULL,
    viewed_by   TEXT COLLATE "C" NOT NULL,
    lines       BIGINT NOT NULL
);
-- This one first: SQLite takes the first of two indexes that cost alike.
CREATE INDEX medical_views_by_user ON medical_views (institution, viewed_by, viewed_at, id);
CREATE INDEX medical_views_by_time ON medical_views (institution, viewed_at, id);
