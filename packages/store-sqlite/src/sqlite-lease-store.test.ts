import type { LeaseStore } from "@agentkit/core";
import { fixedClock, leaseStoreContract, runContract } from "@agentkit/core/testing";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createSqliteLeaseStore, type SqliteLeaseStore, type SqliteLeaseStoreOptions } from "./sqlite-lease-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("leases");
const opened = new Map<LeaseStore, { readonly store: SqliteLeaseStore; readonly path: string }>();

async function open(options: SqliteLeaseStoreOptions): Promise<LeaseStore> {
  const store = createSqliteLeaseStore(options);
  opened.set(store, { store, path: options.path });
  return store;
}

runContract(
  leaseStoreContract,
  {
    capabilities: { multiProcess: true },
    open: async (clock) => open({ path: newPath(), clock }),
    openBeside: async (store, clock) => open({ path: opened.get(store)?.path ?? "", clock }),
    async cleanUp() {
      for (const { store } of opened.values()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(removeAll);

const ttlMs = 30_000;

function openForTest(options: SqliteLeaseStoreOptions): SqliteLeaseStore {
  const store = createSqliteLeaseStore(options);
  onTestFinished(async () => store.close());
  return store;
}

describe("createSqliteLeaseStore", () => {
  it("keeps a lease when its holder's process ends without a word", async () => {
    const path = newPath();
    const first = createSqliteLeaseStore({ path });
    await first.acquire("a", "ada", ttlMs);
    await first.close();
    await first.close();
    const second = createSqliteLeaseStore({ path });
    expect(await second.acquire("a", "bob", ttlMs)).toBe(false);
    await second.close();
    await expect(second.acquire("a", "bob", ttlMs)).rejects.toMatchObject({ code: "store_closed" });
  });
});

describe("a lease file that is gone under a store", () => {
  afterEach(() => vi.useRealTimers());

  it.each([
    { title: "the file", suffixes: [""] },
    { title: "all that SQLite keeps", suffixes: ["", "-wal", "-shm"] },
  ])("is made again with its leases by the next renewal, after $title was removed", async ({ suffixes }) => {
    const path = newPath();
    const first = openForTest({ path });
    for (const key of ["a", "b", "c"]) await first.acquire(key, "ada", ttlMs);
    await first.release("c", "ada");
    for (const suffix of suffixes) rmSync(path + suffix);
    expect(await first.acquire("a", "ada", ttlMs)).toBe(true);
    const second = openForTest({ path });
    expect(await second.acquire("a", "bob", ttlMs)).toBe(false);
    expect(await second.lastHolder("b")).toBe("ada");
    expect(await second.acquire("b", "bob", ttlMs)).toBe(false);
    expect(await second.acquire("c", "bob", ttlMs)).toBe(true);
  });

  it("is noticed within a second while leases are held, whoever comes first", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const path = newPath();
    const first = openForTest({ path });
    await first.acquire("a", "ada", ttlMs);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix);
    const second = openForTest({ path });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await second.lastHolder("a")).toBe("ada");
    expect(await second.acquire("a", "bob", ttlMs)).toBe(false);
  });

  it("leaves a key to the one who took it in the new file", async () => {
    const path = newPath();
    const first = openForTest({ path });
    await first.acquire("a", "ada", ttlMs);
    for (const suffix of ["", "-wal", "-shm"]) renameSync(path + suffix, `${path}.old${suffix}`);
    const second = openForTest({ path });
    expect(await second.acquire("a", "bob", ttlMs)).toBe(true);
    expect(await first.acquire("b", "ada", ttlMs)).toBe(true);
    expect(await first.acquire("a", "ada", ttlMs)).toBe(false);
    expect(await second.lastHolder("a")).toBe("bob");
    expect(await second.lastHolder("b")).toBe("ada");
  });

  it("gets no lease whose time is up", async () => {
    const path = newPath();
    const clock = fixedClock();
    const first = openForTest({ path, clock });
    await first.acquire("a", "ada", ttlMs);
    clock.advance(ttlMs);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix);
    await first.acquire("b", "ada", ttlMs);
    expect(await openForTest({ path, clock }).lastHolder("a")).toBeUndefined();
  });

  it("fails while its directory or its format is gone, makes no directory, and works again once that is mended", async () => {
    const path = join(newPath(), "leases.sqlite");
    const first = openForTest({ path });
    await first.acquire("a", "ada", ttlMs);
    renameSync(dirname(path), `${dirname(path)}.aside`);
    await expect(first.acquire("a", "ada", ttlMs)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(existsSync(dirname(path))).toBe(false);
    renameSync(`${dirname(path)}.aside`, dirname(path));
    expect(await first.acquire("a", "ada", ttlMs)).toBe(true);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix);
    writeFileSync(path, "no leases ".repeat(1_000));
    await expect(first.acquire("a", "ada", ttlMs)).rejects.toMatchObject({ code: "store_format_unsupported" });
    rmSync(path);
    expect(await first.acquire("a", "ada", ttlMs)).toBe(true);
    expect(await openForTest({ path }).acquire("a", "bob", ttlMs)).toBe(false);
  });
});
