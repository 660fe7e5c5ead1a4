-- How a finished check gets into other programs, one row a way. A check without a row waits. `waiting` with a file: it is being written;
-- with a reason: held back. `received` is the end. The reason is JSON.
CREATE TABLE hand_overs (
    institution TEXT COLLATE "C" NOT NULL REFERENCES institutions (code),
    consent     TEXT COLLATE "C" NOT NULL REFERENCES consents (id),
    way         TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    file        TEXT,
    reason      TEXT,
    PRIMARY KEY (institution, consent, way)
);
-- What the next run looks after: begun, lying in the folder, or kept out of it.
CREATE INDEX hand_overs_open ON hand_overs (institution, at, consent) WHERE way = 'folder' AND state <> 'received';
-- What left before there was this table; whether it was taken cannot be known any more.
INSERT INTO hand_overs (institution, consent, way, state, at)
SELECT institution, consent, 'folder', 'written', max(at) FROM sent_results WHERE what = 'face' GROUP BY institution, consent;
