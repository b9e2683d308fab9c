/** Marks a SQLite file as an AgentKit log, in its header: "AGKL" in ASCII. */
export const applicationId = 0x41474b4c;

/** The format of the file, kept as its `user_version`. A file of a higher format is refused. */
export const logFormat = 1;

/**
 * Format 1. `AUTOINCREMENT` because without it SQLite gives a deleted last position to the next event. The index on type
 * makes a subscription to a rare type cost what it finds, not what the log holds.
 */
export const createLog = `
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
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${logFormat};
`;
