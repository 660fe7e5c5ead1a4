-- 環境設定情報 (OT-6): each change is a record of its own, and the institution points to the one that counts. Earlier ones stay.
CREATE TABLE settings (
    institution TEXT NOT NULL REFERENCES institutions (code),
    version     INTEGER NOT NULL,
    content     TEXT NOT NULL,
    changed_at  INTEGER NOT NULL,
    changed_by  TEXT,
    PRIMARY KEY (institution, version)
) STRICT, WITHOUT ROWID;

INSERT INTO settings (institution, version, content, changed_at, changed_by)
SELECT code, 1, json_object(
           'version', 1,
           'uses', json_object('home_visit', json_object('is_on', json(iif(uses_home_visit, 'true', 'false')), 'items', json_array(
               'surgery', 'treatment_and_drug', 'checkup', 'limit_certificate', 'specific_disease'))),
           'visual_check', json('true'),
           'shows_eligibility', json(iif(shows_eligibility, 'true', 'false')),
           'contact', contact),
       added_at, NULL
FROM institutions;

ALTER TABLE institutions ADD COLUMN settings_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE institutions DROP COLUMN contact;
ALTER TABLE institutions DROP COLUMN uses_home_visit;
ALTER TABLE institutions DROP COLUMN shows_eligibility;

-- 利用規約: who confirmed which version when.
CREATE TABLE terms_confirmed (
    institution  TEXT NOT NULL REFERENCES institutions (code),
    terms        TEXT NOT NULL,
    version      TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    confirmed_by TEXT NOT NULL,
    PRIMARY KEY (institution, terms, version)
) STRICT, WITHOUT ROWID;
