-- 環境設定情報 (OT-6): each change is a record of its own, and the institution points to the one that counts. Earlier ones stay.
CREATE TABLE settings (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    version     BIGINT NOT NULL,
    content     TEXT NOT NULL,
    changed_at  BIGINT NOT NULL,
    changed_by  TEXT COLLATE "C",
    PRIMARY KEY (institution, version)
);

INSERT INTO settings (institution, version, content, changed_at, changed_by)
SELECT code, 1, json_build_object(
           'version', 1,
           'uses', json_build_object('home_visit', json_build_object('is_on', uses_home_visit, 'items', json_build_array(
               'surgery', 'treatment_and_drug', 'checkup', 'limit_certificate', 'specific_disease'))),
           'visual_check', TRUE,
           'shows_eligibility', shows_eligibility,
           'contact', contact)::text,
       added_at, NULL
FROM institutions;

ALTER TABLE institutions ADD COLUMN settings_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE institutions DROP COLUMN contact;
ALTER TABLE institutions DROP COLUMN uses_home_visit;
ALTER TABLE institutions DROP COLUMN shows_eligibility;

-- 利用規約: who confirmed which version when.
CREATE TABLE terms_confirmed (
    institution  TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    terms        TEXT NOT NULL,
    version      TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    confirmed_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (institution, terms, version)
);
