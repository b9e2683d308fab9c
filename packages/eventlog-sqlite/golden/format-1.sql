-- A log as version 0.1 wrote it, as SQL. It only ever grows: no released format may become unreadable.
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
PRAGMA application_id = 1095191372;
PRAGMA user_version = 1;
INSERT INTO events VALUES (1, 'session-a', 0, '00000000-0000-4000-8000-000000000001', 'TestHappened', 1, '2026-11-22T13:08:05.123Z', '{"n":1,"text":"é 漢字 🙂"}', '{}');
INSERT INTO events VALUES (2, 'session-a', 1, '00000000-0000-4000-8000-000000000002', 'TestHappened', 1, '2026-11-22T13:08:05.123Z', '{"n":2}', '{"step":1}');
INSERT INTO events VALUES (4, 'b', 0, '00000000-0000-4000-8000-000000000003', 'OtherHappened', 2, '2026-11-22T13:08:05.123Z', '{}', '{}');
UPDATE sqlite_sequence SET seq = 7 WHERE name = 'events';
COMMIT;
