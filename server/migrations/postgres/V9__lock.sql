-- OT-18: a session that was locked answers nothing until it is unlocked. One that is not used locks itself, without a note here.
ALTER TABLE sessions ADD COLUMN locked_at BIGINT;

-- Until when logins of an account have to wait somewhere after too many wrong passwords, for who looks after it.
ALTER TABLE accounts ADD COLUMN waits_until BIGINT;
