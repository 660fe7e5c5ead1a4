-- A wait leaves one audit row, however often it is refused; rows that no longer count are found by their age.
ALTER TABLE login_attempts ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1));
CREATE INDEX login_attempts_by_age ON login_attempts (last_at);
