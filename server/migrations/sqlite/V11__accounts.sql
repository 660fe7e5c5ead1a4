-- The office looks after its accounts: kana name, a stop, the last login (an account without one is of no use on a device), and
-- since when failed logins count anew.
ALTER TABLE accounts ADD COLUMN kana TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN suspended_at INTEGER;
ALTER TABLE accounts ADD COLUMN last_login_at INTEGER;
ALTER TABLE accounts ADD COLUMN unlocked_at INTEGER;

-- Rows stay for good, so an ID is never given to another person; two IDs differ by more than large and small letters.
CREATE UNIQUE INDEX accounts_by_letters ON accounts (institution, lower(user_id));

-- From where a login came, so that its person and the admin can tell one from another.
ALTER TABLE sessions ADD COLUMN address TEXT;
