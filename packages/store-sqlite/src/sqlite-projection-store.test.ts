import { createInMemoryEventLog, createSessionList, type ProjectionStore } from "@agentkit/core";
import { projectionStoreContract, runContract } from "@agentkit/core/testing";
import { mkdirSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { createSqliteProjectionStore } from "./sqlite-projection-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("projections");
const opened = new Map<ProjectionStore, string>();

function open(path: string): ProjectionStore {
  const store = createSqliteProjectionStore({ path });
  opened.set(store, path);
  return store;
}

runContract(
  projectionStoreContract,
  {
    capabilities: { durable: true, multiProcess: true },
    open: async () => open(newPath()),
    reopen: async (store) => open(opened.get(store) ?? ""),
    openBeside: async (store) => open(opened.get(store) ?? ""),
    async cleanUp() {
      for (const store of opened.keys()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(removeAll);

describe("createSqliteProjectionStore", () => {
  it("keeps a session list from one process to the next", async () => {
    const path = newPath();
    const log = createInMemoryEventLog();
    const event = { type: "SessionStarted", version: 1, time: "2026-01-01T00:00:00.000Z", data: {}, meta: {} };
    const id = "00000000-0000-4000-8000-000000000001";
    await log.append("session-a", [{ id, ...event }], { expected: "no_stream" });
    for (let round = 0; round < 2; round += 1) {
      const store = createSqliteProjectionStore({ path });
      expect(await createSessionList(log, store).read()).toMatchObject([{ session: "a" }]);
      expect(await store.tables()).toMatchObject([{ events: 1 }]);
      await store.close();
    }
  });

  it.each([
    ["random bytes", "store_corrupt", (path: string) => writeFileSync(path, Buffer.alloc(9_000, 0xa7))],
    [
      "a text",
      "store_format_unsupported",
      (path: string) => writeFileSync(path, "A list of things to do.\n".repeat(99)),
    ],
    ["a directory", "store_unavailable", (path: string) => mkdirSync(path)],
    ["another program's database", "store_format_unsupported", (path: string) => execute(path, "CREATE TABLE a (b)")],
    [
      "a newer format",
      "store_format_unsupported",
      (path: string) =>
        execute(path, "PRAGMA application_id = 0x41474b50; PRAGMA user_version = 9; CREATE TABLE a (b)"),
    ],
  ])("refuses %s", (_title, code, prepare) => {
    const path = newPath();
    prepare(path);
    expect(() => createSqliteProjectionStore({ path })).toThrow(expect.objectContaining({ code }));
  });
});

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
