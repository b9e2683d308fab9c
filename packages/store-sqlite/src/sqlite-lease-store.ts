import { type Clock, type LeaseStore, systemClock } from "@agentkit/core";
import type { StatementSync } from "node:sqlite";
import { StoreDatabase, type StoreFormat } from "./store-database.ts";

/** Options of {@link createSqliteLeaseStore}. */
export interface SqliteLeaseStoreOptions {
  /** The store's file. It is created where there is none, with its directory. It can be deleted while nobody works. */
  readonly path: string;
  /** Default: the machine's clock, which its processes have in common. */
  readonly clock?: Pick<Clock, "now">;
}

/** A lease store that holds a file open. */
export interface SqliteLeaseStore extends LeaseStore {
  /** Closes the file. The leases stay until their time is up. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a {@link LeaseStore} in one SQLite file, for all processes of one machine that work on the same log.
 *
 * Opening throws `store_format_unsupported`, `store_read_only`, `store_corrupt`, `store_unavailable` and
 * `store_runtime_unsupported`; asking for a lease the same, `store_full` and `store_closed`.
 *
 * @example
 * ```ts
 * import { createSqliteLeaseStore } from "@agentkit/store-sqlite";
 *
 * const leases = createSqliteLeaseStore({ path: "./.agentkit/leases.sqlite" });
 * await leases.acquire("session-a", "worker-1", 30_000); // true, and false in any other process
 * await leases.close();
 * ```
 */
export function createSqliteLeaseStore(options: SqliteLeaseStoreOptions): SqliteLeaseStore {
  const { path, clock = systemClock } = options;
  const store = new StoreDatabase(path, format);
  const acquire = store.database.prepare(upsert);
  const release = store.database.prepare("DELETE FROM leases WHERE key = ? AND holder = ?");
  const find = store.database.prepare("SELECT holder FROM leases WHERE key = ?");
  const change = async (statement: StatementSync, ...values: readonly (string | number)[]): Promise<boolean> =>
    store.write(() => statement.run(...values).changes === 1);
  return {
    async acquire(key, holder, ttlMs) {
      const now = clock.now();
      return change(acquire, key, holder, now, now + ttlMs);
    },
    async lastHolder(key) {
      const holder = await store.read(() => find.get(key)?.["holder"]);
      return typeof holder === "string" ? holder : undefined;
    },
    async release(key, holder) {
      await change(release, key, holder);
    },
    async close() {
      store.close();
    },
  };
}

const format: StoreFormat = {
  kind: "lease store",
  // "AGKE"
  applicationId: 0x41474b45,
  version: 1,
  // A lease that a loss of power takes would have ended with its worker.
  synchronous: "NORMAL",
  schema: `
    CREATE TABLE leases (
      key    TEXT PRIMARY KEY,
      holder TEXT NOT NULL,
      begins REAL NOT NULL,
      ends   REAL NOT NULL
    ) STRICT, WITHOUT ROWID
  `,
};

/** Changes nothing where another holder's time is running. */
const upsert = `
  INSERT INTO leases (key, holder, begins, ends) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, begins = excluded.begins, ends = excluded.ends
  WHERE holder = excluded.holder OR NOT (begins <= excluded.begins AND excluded.begins < ends)
`;
