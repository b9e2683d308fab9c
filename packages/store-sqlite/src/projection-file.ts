import { AgentKitError, projectionStoreErrors } from "@agentkit/core";
import { StoreDatabase } from "@agentkit/sqlite";
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { StatementSync } from "node:sqlite";
import { type DamagedFile, setAside } from "./damaged-file.ts";
import { identify } from "./file-identity.ts";
import { openSound } from "./open-sound.ts";
import { projectionFormat } from "./projection-format.ts";

/** How to open the file of the projections. */
export interface ProjectionFileOptions {
  readonly path: string;
  readonly onDamaged?: (file: DamagedFile) => void;
  readonly verify?: boolean;
}

/** How many damaged files one process sets aside: a disk that damages every one does not need another. */
const maxDamaged = 3;

/**
 * The file of the projections. It is only a cache: one that is damaged is set aside and begun again, where somebody is told
 * of it, and one that was removed or replaced is opened again. Whoever finds that out gets `concurrency_conflict`, because
 * the tables of before are gone.
 */
export class ProjectionFile {
  readonly #options: ProjectionFileOptions;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #store: StoreDatabase;
  #identity: string;
  #damaged = 0;
  #closed = false;

  constructor(options: ProjectionFileOptions) {
    this.#options = options;
    // The process may change its directory later.
    this.#path = resolve(options.path);
    this.#store = this.#openSound();
    this.#identity = identify(this.#path);
  }

  /** Runs queries. */
  async read<T>(work: () => T): Promise<T> {
    return this.#repairing(this.#store, async (store) => store.read(work));
  }

  /** Runs statements that take effect together. */
  async write<T>(work: () => T): Promise<T> {
    const store = this.#store;
    if (!this.#closed && identify(this.#path) !== this.#identity) {
      this.#begin(store);
      throw projectionStoreErrors.lost(`the file '${this.#path}' was removed or replaced`);
    }
    return this.#repairing(store, async () => store.write(work));
  }

  /** Compiles a statement once. Called within `read` and `write`. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#store.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.#closed = true;
    this.#statements.clear();
    this.#store.close();
  }

  async #repairing<T>(store: StoreDatabase, work: (store: StoreDatabase) => Promise<T>): Promise<T> {
    try {
      return await work(store);
    } catch (error) {
      if (this.#closed) throw error;
      // Another call has begun again in the meantime.
      if (this.#store !== store) throw projectionStoreErrors.lost(`the file '${this.#path}' was begun again`);
      if (!hasCode(error, "store_corrupt") || this.#options.onDamaged === undefined) throw error;
      this.#repair(store, error);
      throw projectionStoreErrors.lost(`the file '${this.#path}' was damaged`);
    }
  }

  /** Begins again. A file that another process has put there in the meantime is a sound one. */
  #repair(store: StoreDatabase, error: AgentKitError): void {
    if (identify(this.#path) === this.#identity) this.#setAside(error);
    this.#begin(store);
  }

  #begin(store: StoreDatabase): void {
    this.#statements.clear();
    store.close();
    if (!existsSync(dirname(this.#path))) throw directoryRemoved(this.#path);
    this.#store = this.#openSound();
    this.#identity = identify(this.#path);
  }

  #openSound(): StoreDatabase {
    return openSound(() => this.#open(), {
      path: this.#path,
      format: projectionFormat,
      isRepairable: (error) => this.#isRepairable(error),
      replace: this.#options.onDamaged && ((error) => this.#setAside(error)),
    });
  }

  #open(): StoreDatabase {
    const store = new StoreDatabase(this.#path, projectionFormat);
    try {
      if (this.#options.verify === true) store.verify();
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** A newer version's file is sound, and in use perhaps: it is only set aside when somebody asks for that by `verify`. */
  #isRepairable(error: AgentKitError): boolean {
    if (hasCode(error, "store_corrupt")) return true;
    return this.#options.verify === true && hasCode(error, "store_format_unsupported");
  }

  #setAside(error: AgentKitError): void {
    if (this.#damaged === maxDamaged) throw error;
    this.#damaged += 1;
    const target = setAside(this.#path);
    this.#options.onDamaged?.({ path: this.#path, setAside: target, reason: error.message });
  }
}

function hasCode(error: unknown, code: AgentKitError["code"]): error is AgentKitError {
  return AgentKitError.is(error) && error.code === code;
}

function directoryRemoved(path: string): AgentKitError {
  const message = `The directory of the projection store '${path}' was removed while it was open. Put it back.`;
  return new AgentKitError("store_unavailable", message, { retryable: true });
}
