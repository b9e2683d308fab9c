import type { StoreFormat } from "@agentkit/sqlite";

const skipped = `
    CREATE TABLE skipped (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      name     TEXT    NOT NULL,
      version  INTEGER NOT NULL,
      id       TEXT    NOT NULL,
      stream   TEXT    NOT NULL,
      revision INTEGER NOT NULL,
      position TEXT    NOT NULL,
      reason   TEXT    NOT NULL,
      UNIQUE (name, version, id)
    ) STRICT`;

/** The file of the projections. */
export const projectionFormat: StoreFormat = {
  kind: "projection store",
  // "AGKP"
  applicationId: 0x41474b50,
  version: 2,
  // What a loss of power takes is projected again: rows and checkpoint go back together.
  synchronous: "NORMAL",
  whenDamaged: "It can be deleted: projections are built again from the log.",
  schema: `
    CREATE TABLE tables (
      id             INTEGER PRIMARY KEY AUTOINCREMENT,
      name           TEXT    NOT NULL,
      version        INTEGER NOT NULL,
      active         INTEGER NOT NULL DEFAULT 0,
      checkpoint     TEXT,
      revision       INTEGER NOT NULL DEFAULT 0,
      events         INTEGER NOT NULL DEFAULT 0,
      event_id       TEXT,
      event_stream   TEXT,
      event_revision INTEGER,
      rebuilt_by     TEXT,
      touched_at     INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX active_tables ON tables (name) WHERE active = 1;
    CREATE TABLE rows (
      table_id INTEGER NOT NULL,
      key      TEXT    NOT NULL,
      row      TEXT    NOT NULL,
      PRIMARY KEY (table_id, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE parked (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      table_id INTEGER NOT NULL,
      id       TEXT    NOT NULL,
      stream   TEXT    NOT NULL,
      revision INTEGER NOT NULL,
      position TEXT    NOT NULL,
      reason   TEXT    NOT NULL,
      UNIQUE (table_id, id)
    ) STRICT;
    ${skipped}
  `,
  upgrades: new Map([
    [
      1,
      `
    ALTER TABLE tables ADD COLUMN event_id TEXT;
    ALTER TABLE tables ADD COLUMN event_stream TEXT;
    ALTER TABLE tables ADD COLUMN event_revision INTEGER;
    ALTER TABLE tables ADD COLUMN rebuilt_by TEXT;
    ALTER TABLE tables ADD COLUMN touched_at INTEGER;
    ${skipped}
  `,
    ],
  ]),
};
