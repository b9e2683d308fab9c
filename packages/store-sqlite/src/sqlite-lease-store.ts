import { type Clock, type LeaseStore, systemClock } from "@agentkit/core";
import { resolve } from "node:path";
import type { DamagedFile } from "./damaged-file.ts";
import { type Lease, LeaseFile } from "./lease-file.ts";

/** Options of {@link createSqliteLeaseStore}. */
export interface SqliteLeaseStoreOptions {
  /** The store's file. It is created where there is none, with its directory. */
  readonly path: string;
  /** Default: the machine's clock, which its processes have in common. */
  readonly clock?: Pick<Clock, "now">;
  /**
   * Has a file that does not open because it is damaged set aside and a new one begun, and is told of it: the leases that
   * were in it are free. Without it, damage throws `store_corrupt`. A text, or a database of another application, is never
   * touched.
   */
  readonly onDamaged?: (file: DamagedFile) => void;
}

/** A lease store that holds a file open. */
export interface SqliteLeaseStore extends LeaseStore {
  /** Closes the file. The leases stay until their time is up. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a {@link LeaseStore} in one SQLite file, for all processes of one machine that work on the same log.
 *
 * A file that is removed or replaced under a store is noticed within a second while the store holds leases: it opens what is
 * there now, or makes it, and writes its leases there, so that whoever opens the new file finds them.
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
  return new FollowingLeaseStore(options);
}

/** How often a store that holds leases looks whether its file is still the one that others open. */
const lookMs = 1_000;

class FollowingLeaseStore implements SqliteLeaseStore {
  readonly #path: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #onDamaged: SqliteLeaseStoreOptions["onDamaged"] | undefined;
  /** What was granted here and not released. */
  readonly #held = new Map<string, Lease>();
  #file: LeaseFile;
  #moving: Promise<void> | undefined;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ path, clock = systemClock, onDamaged }: SqliteLeaseStoreOptions) {
    // The process may change its directory later.
    this.#path = resolve(path);
    this.#clock = clock;
    this.#onDamaged = onDamaged;
    this.#file = new LeaseFile(this.#path, onDamaged);
  }

  async acquire(key: string, holder: string, ttlMs: number): Promise<boolean> {
    const file = await this.#current();
    const now = this.#clock.now();
    const lease = { key, holder, begins: now, ends: now + ttlMs };
    const [granted = false] = await file.grant([lease]);
    if (granted) this.#held.set(key, lease);
    else this.#forget(key, holder);
    this.#look();
    return granted;
  }

  async lastHolder(key: string): Promise<string | undefined> {
    return (await this.#current()).lastHolder(key);
  }

  async release(key: string, holder: string): Promise<void> {
    this.#forget(key, holder);
    this.#look();
    await (await this.#current()).release(key, holder);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    this.#file.close();
  }

  #forget(key: string, holder: string): void {
    if (this.#held.get(key)?.holder === holder) this.#held.delete(key);
  }

  /** Looks after the file while there is something that another process could miss in it. */
  #look(): void {
    clearInterval(this.#looking);
    if (this.#held.size === 0 || this.#closed) return;
    // What fails here fails again, and is told, at the next renewal.
    this.#looking = setInterval(() => void this.#current().catch(() => undefined), lookMs).unref();
  }

  /** The file that the path leads to. */
  async #current(): Promise<LeaseFile> {
    if (this.#closed || this.#file.isInPlace()) return this.#file;
    this.#moving ??= this.#move().finally(() => (this.#moving = undefined));
    await this.#moving;
    return this.#file;
  }

  async #move(): Promise<void> {
    // First, because SQLite must not have the names beside the path open twice.
    this.#file.close();
    const file = LeaseFile.reopen(this.#path, this.#onDamaged);
    try {
      await file.grant(this.#running());
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file = file;
    if (this.#closed) file.close();
  }

  /** What is held, as of now: whoever took a key in the new file meanwhile keeps it. */
  #running(): readonly Lease[] {
    const now = this.#clock.now();
    const leases = [...this.#held.values()].filter(({ begins, ends }) => begins <= now && now < ends);
    return leases.map((lease) => ({ ...lease, begins: now }));
  }
}
