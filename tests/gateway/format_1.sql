-- A run's file as the first format had it, with a row in every table.
PRAGMA application_id = 1349675373;
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE calls (
    key               BLOB PRIMARY KEY,
    item              TEXT NOT NULL,
    stage             TEXT NOT NULL,
    seat              TEXT NOT NULL,
    trial             INTEGER NOT NULL,
    provider          TEXT NOT NULL,
    model             TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('ok', 'invalid')),
    text              TEXT NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    reasoning_tokens  INTEGER NOT NULL,
    cached_tokens     INTEGER NOT NULL,
    usage_estimated   INTEGER NOT NULL,
    usd               REAL,
    usd_lost          REAL NOT NULL DEFAULT 0,
    seconds           REAL NOT NULL,
    attempts          INTEGER NOT NULL,
    response_model    TEXT,
    finish_reason     TEXT,
    created_at        INTEGER NOT NULL
);
CREATE TABLE failures (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL,
    item       TEXT NOT NULL,
    stage      TEXT NOT NULL,
    seat       TEXT NOT NULL,
    trial      INTEGER NOT NULL,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    message    TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    usd        REAL NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);
CREATE INDEX failures_key ON failures (key);
CREATE TABLE results (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('format', '1.0'), ('run', '{}');
INSERT INTO calls VALUES (
    x'0101010101010101010101010101010101010101010101010101010101010101',
    'Card001', 'draft', 'a', 1, 'fake', 'm', 'ok', 'an old answer',
    10, 5, 0, 0, 1, 0.5, 0.25, 1.5, 1, NULL, 'stop', 1700000000000
);
INSERT INTO failures VALUES (
    1, x'0202020202020202020202020202020202020202020202020202020202020202',
    'Card002', 'draft', 'a', 1, 'fake', 'm', 'server', 'status 500', 3, 0.25, 1700000000000
);
INSERT INTO results VALUES ('item', 'a', '{}');
