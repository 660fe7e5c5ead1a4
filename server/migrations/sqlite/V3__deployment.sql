-- Whether this is a demo's data or real: said once, by the first start. A folder from before is judged by what is in it.
CREATE TABLE deployment (
    one  INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    kind TEXT NOT NULL CHECK (kind IN ('demo', 'production'))
) STRICT;
INSERT INTO deployment (one, kind)
SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM institutions WHERE contact LIKE '%(デモのため電話はありません)') THEN 'demo' ELSE 'production' END
WHERE EXISTS (SELECT 1 FROM institutions);
