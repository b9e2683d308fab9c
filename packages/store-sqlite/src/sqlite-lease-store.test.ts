import type { LeaseStore } from "@agentkit/core";
import { leaseStoreContract, runContract } from "@agentkit/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { createSqliteLeaseStore, type SqliteLeaseStore, type SqliteLeaseStoreOptions } from "./sqlite-lease-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("leases");
const opened = new Map<LeaseStore, SqliteLeaseStore & { readonly path: string }>();

async function open(options: SqliteLeaseStoreOptions): Promise<LeaseStore> {
  const store = { ...createSqliteLeaseStore(options), path: options.path };
  opened.set(store, store);
  return store;
}

runContract(
  leaseStoreContract,
  {
    capabilities: { multiProcess: true },
    open: async (clock) => open({ path: newPath(), clock }),
    openBeside: async (store, clock) => open({ path: opened.get(store)?.path ?? "", clock }),
    async cleanUp() {
      for (const store of opened.values()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(removeAll);

describe("createSqliteLeaseStore", () => {
  it("keeps a lease when its holder's process ends without a word", async () => {
    const path = newPath();
    const first = createSqliteLeaseStore({ path });
    await first.acquire("a", "ada", 30_000);
    await first.close();
    await first.close();
    const second = createSqliteLeaseStore({ path });
    expect(await second.acquire("a", "bob", 30_000)).toBe(false);
    await second.close();
    await expect(second.acquire("a", "bob", 30_000)).rejects.toMatchObject({ code: "store_closed" });
  });
});
