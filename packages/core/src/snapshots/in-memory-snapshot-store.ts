import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { Snapshot, SnapshotStore, SnapshotStoreCapabilities } from "./snapshot-store.ts";

/**
 * Creates a {@link SnapshotStore} in memory, for tests.
 *
 * @example
 * ```ts
 * import { createInMemorySnapshotStore } from "@agentkit/core";
 *
 * console.log(await createInMemorySnapshotStore().read("a")); // undefined
 * ```
 */
export function createInMemorySnapshotStore(): SnapshotStore {
  return new InMemorySnapshotStore();
}

class InMemorySnapshotStore implements SnapshotStore {
  readonly capabilities: SnapshotStoreCapabilities = { durable: false };
  readonly #snapshots = new Map<string, Snapshot>();
  #closed = false;

  async read(session: string): Promise<Snapshot | undefined> {
    return this.#open().get(session);
  }

  async write(snapshot: Snapshot): Promise<void> {
    this.#open().set(snapshot.session, { ...snapshot });
  }

  async delete(session: string): Promise<void> {
    this.#open().delete(session);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): Map<string, Snapshot> {
    if (!this.#closed) return this.#snapshots;
    throw new AgentKitError("store_closed", "The snapshot store is closed. Open it again to go on.");
  }
}
