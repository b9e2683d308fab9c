import { createInMemoryProjectionStore, createProjector } from "@agentkit/core";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createSums, sums } from "./projecting-child.test.support.ts";
import { createSqliteProjectionStore } from "./sqlite-projection-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const child = fileURLToPath(new URL("projecting-child.test.support.ts", import.meta.url));
const { newPath, removeAll } = temporaryPaths("projection-crash");

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

afterAll(removeAll);

/** Starts a process that projects, and kills it once it has written so many lines. Resolves when it is gone. */
async function projectUntil(path: string, lines: number): Promise<NodeJS.Signals | null> {
  const process_ = spawn(process.execPath, [child, path], { stdio: ["ignore", "pipe", "inherit"] });
  let written = "";
  process_.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    if (written.split("\n").length > lines) process_.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    process_.on("error", reject);
    process_.on("close", (_code, signal) => resolve(signal));
  });
}

describe("a process that projects into SQLite", () => {
  it("can be killed before and after every commit, and the next one goes on without a gap or a repetition", async () => {
    const path = newPath();
    const endings: (NodeJS.Signals | null)[] = [];
    while (endings.at(-1) !== null && endings.length < 20) {
      // Before its first commit, after it, before the second one, and so on.
      endings.push(await projectUntil(path, 1 + (endings.length % 3)));
    }
    expect(endings.length).toBeGreaterThan(5);
    expect(endings.at(-1)).toBeNull();
    const whole = createInMemoryProjectionStore();
    await createProjector({ log: await createSums(4_000), store: whole, projections: [sums] }).catchUp();
    const store = createSqliteProjectionStore({ path });
    expect(await store.list(sums.name)).toEqual(await whole.list(sums.name));
    expect(await store.tables()).toMatchObject([{ events: 4_000, parked: 0 }]);
    await store.close();
  });

  it("shares the file with others that project at the same time", async () => {
    const path = newPath();
    const all = [1, 2, 3].map(async () => projectUntil(path, Number.POSITIVE_INFINITY));
    expect(await Promise.all(all)).toEqual([null, null, null]);
    const store = createSqliteProjectionStore({ path });
    expect(await store.tables()).toMatchObject([{ events: 4_000, parked: 0, active: true }]);
    await store.close();
  });
});
