/** Marks a SQLite file as an AgentKit log, in its header: "AGKL" in ASCII. */
export const applicationId = 0x41474b4c;

/** The format of the file, kept as its `user_version`. Earlier ones are read, and upgraded when they are written. */
export const logFormat = 2;

/**
 * Format 1. `AUTOINCREMENT` because without it SQLite gives a deleted last position to the next event. The index on type
 * makes a subscription to a rare type cost what it finds, not what the log holds.
 */
const createEvents = `
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
`;

/** From format 1 to format 2: the names of deleted streams, which are never used again. */
export const upgradeLog = `
  CREATE TABLE deleted_streams (stream TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${logFormat};
`;

/** Makes a log of the present format in an empty file. */
export const createLog = createEvents + upgradeLog;
