import { DatabaseSync } from "node:sqlite";
import { sessionList } from "@agentkit/core";

/** Writes a file of the projections as the first version did: the checkpoint of a table names no event. */
export function writeFormat1(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE tables (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version INTEGER NOT NULL, active INTEGER NOT NULL DEFAULT 0,
      checkpoint TEXT, revision INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE UNIQUE INDEX active_tables ON tables (name) WHERE active = 1;
    CREATE TABLE rows (
      table_id INTEGER NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (table_id, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE parked (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, table_id INTEGER NOT NULL, id TEXT NOT NULL, stream TEXT NOT NULL,
      revision INTEGER NOT NULL, position TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (table_id, id)
    ) STRICT;
    INSERT INTO tables (name, version, active, checkpoint, revision, events) VALUES ('session-list', ${sessionList.version}, 1, '1', 1, 1);
    INSERT INTO rows VALUES (1, 'session/ghost', '{"place":"place/000000000000001"}');
    PRAGMA application_id = 0x41474b50;
    PRAGMA user_version = 1;
  `);
  database.close();
}
