-- A log of format 2, one stream of it deleted, as SQL. It only ever grows: no released format may become unreadable.
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  stream   TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  id       TEXT    NOT NULL,
  type     TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  time     TEXT    NOT NULL,
  data     TEXT    NOT NULL,
  meta     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_type ON events (type);
CREATE TABLE deleted_streams (stream TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1095191372;
PRAGMA user_version = 2;
INSERT INTO events VALUES (1, 'session-a', 0, '00000000-0000-4000-8000-000000000001', 'TestHappened', 1, '2026-11-22T13:08:05.123Z', '{"n":1,"text":"é 漢字 🙂"}', '{}');
INSERT INTO events VALUES (2, 'session-a', 1, '00000000-0000-4000-8000-000000000002', 'TestHappened', 1, '2026-11-22T13:08:05.123Z', '{"n":2}', '{"step":1}');
INSERT INTO deleted_streams VALUES ('session-b');
UPDATE sqlite_sequence SET seq = 4 WHERE name = 'events';
COMMIT;
