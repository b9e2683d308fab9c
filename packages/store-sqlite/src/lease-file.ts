import { AgentKitError } from "@agentkit/core";
import { StoreDatabase, type StoreFormat } from "@agentkit/sqlite";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { identify } from "./file-identity.ts";
import type { StatementSync } from "node:sqlite";
import type { DamagedFile } from "./damaged-file.ts";
import { openReplaceable } from "./open-sound.ts";

/** A key that a holder has for a time, in milliseconds since 1970. */
export interface Lease {
  readonly key: string;
  readonly holder: string;
  readonly begins: number;
  readonly ends: number;
}

/** A file of leases, as long as its path leads to it. */
export class LeaseFile {
  readonly #store: StoreDatabase;
  readonly #path: string;
  readonly #identity: string;
  readonly #grant: StatementSync;
  readonly #release: StatementSync;
  readonly #find: StatementSync;
  #closed = false;

  constructor(path: string, onDamaged?: (file: DamagedFile) => void) {
    this.#store = openReplaceable(() => new StoreDatabase(path, format), { path, format, onDamaged });
    this.#path = path;
    this.#identity = identify(path);
    const { database } = this.#store;
    this.#grant = database.prepare(upsert);
    this.#release = database.prepare("DELETE FROM leases WHERE key = ? AND holder = ?");
    this.#find = database.prepare("SELECT holder FROM leases WHERE key = ?");
  }

  /** Opens the file that is at the path now, or makes one. A directory that was removed is not made again. */
  static reopen(path: string, onDamaged?: (file: DamagedFile) => void): LeaseFile {
    if (existsSync(dirname(path))) return new LeaseFile(path, onDamaged);
    const message = `The directory of the lease store '${path}' was removed while it was open. Put it back.`;
    throw new AgentKitError("store_unavailable", message, { retryable: true });
  }

  /** Whether others who open the path see this file: it can be removed or replaced while it is open. */
  isInPlace(): boolean {
    return !this.#closed && identify(this.#path) === this.#identity;
  }

  /** Grants each lease whose key is free or its holder's, and says which. */
  async grant(leases: readonly Lease[]): Promise<readonly boolean[]> {
    return this.#store.write(() =>
      leases.map(({ key, holder, begins, ends }) => this.#grant.run(key, holder, begins, ends).changes === 1),
    );
  }

  async release(key: string, holder: string): Promise<void> {
    await this.#store.write(() => this.#release.run(key, holder));
  }

  async lastHolder(key: string): Promise<string | undefined> {
    const holder = await this.#store.read(() => this.#find.get(key)?.["holder"]);
    return typeof holder === "string" ? holder : undefined;
  }

  close(): void {
    this.#closed = true;
    this.#store.close();
  }
}

const format: StoreFormat = {
  kind: "lease store",
  // "AGKE"
  applicationId: 0x41474b45,
  version: 1,
  // A lease that a loss of power takes would have ended with its worker.
  synchronous: "NORMAL",
  whenDamaged: "It can be deleted: each worker writes its own leases again.",
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
