import {
  createInMemoryEventLog,
  createProjector,
  createSessionList,
  type EventLog,
  type Projection,
  type ProjectionStore,
} from "@agentkit/core";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import type { DamagedFile } from "./damaged-file.ts";
import { writeFormat1 } from "./format-1.test.support.ts";
import { createSqliteProjectionStore } from "./sqlite-projection-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("projection-repair");

afterAll(removeAll);

const sessions = 400;

async function createLog(): Promise<EventLog> {
  const log = createInMemoryEventLog();
  const event = { type: "SessionStarted", version: 1, time: "2026-01-01T00:00:00.000Z", data: {}, meta: {} };
  for (let n = 0; n < sessions; n += 1) {
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
    await log.append(`session-${n}`, [{ id, ...event }], { expected: "no_stream" });
  }
  return log;
}

/** A file that holds the session list of a log. */
async function filled(): Promise<{ readonly path: string; readonly log: EventLog }> {
  const [path, log] = [newPath(), await createLog()];
  const store = createSqliteProjectionStore({ path });
  await createSessionList(log, store).read();
  await store.close();
  return { path, log };
}

/** Writes zeros over the pages of a part of a file, which begins and ends at these shares of its length. */
function overwrite(path: string, from: number, to: number): void {
  const { size } = statSync(path);
  const [begin, end] = [from, to].map((share) => Math.floor((size * share) / 4_096) * 4_096);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc((end ?? 0) - (begin ?? 0), 0x5a), 0, undefined, begin);
  closeSync(file);
}

const damages: readonly { readonly title: string; readonly damage: (path: string) => void }[] = [
  { title: "random bytes in its place", damage: (path) => writeFileSync(path, Buffer.alloc(9_000, 0xa7)) },
  { title: "zeros in its place", damage: (path) => writeFileSync(path, Buffer.alloc(9_000)) },
  { title: "its first page overwritten", damage: (path) => overwrite(path, 0, 0.05) },
  { title: "pages overwritten in its middle", damage: (path) => overwrite(path, 0.3, 0.9) },
  { title: "its second half cut off", damage: (path) => truncateSync(path, 4_096 * 4) },
  { title: "all but a part of its header cut off", damage: (path) => truncateSync(path, 50) },
];

describe("a damaged file of projections", () => {
  it.each(damages)("is set aside, said and built again: $title", async ({ damage }) => {
    const { path, log } = await filled();
    damage(path);
    const found: DamagedFile[] = [];
    const store = createSqliteProjectionStore({ path, onDamaged: (file) => found.push(file) });
    expect(await createSessionList(log, store).read()).toHaveLength(sessions);
    await createProjector({ log, store, projections: [touchEverything] }).catchUp();
    await store.close();
    expect(found).toMatchObject([{ path, setAside: `${path}.damaged-1` }]);
    expect(found[0]?.reason).not.toBe("");
    expect(existsSync(`${path}.damaged-1`)).toBe(true);
  });

  it.each(damages)("throws store_corrupt where nobody is told, and stays as it is: $title", async ({ damage }) => {
    const { path, log } = await filled();
    damage(path);
    const use = async (): Promise<void> => {
      const store = createSqliteProjectionStore({ path });
      try {
        await store.list("session-list");
        await createProjector({ log, store, projections: [touchEverything] }).rebuild("touch-everything");
      } finally {
        await store.close();
      }
    };
    await expect(use()).rejects.toMatchObject({ code: "store_corrupt" });
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
  });

  it("is found whole at opening when it is to be verified", async () => {
    const { path } = await filled();
    overwrite(path, 0.6, 0.9);
    const found: DamagedFile[] = [];
    const store = createSqliteProjectionStore({ path, verify: true, onDamaged: (file) => found.push(file) });
    expect(found).toHaveLength(1);
    expect(await store.tables()).toEqual([]);
    await store.close();
    expect(() => createSqliteProjectionStore({ path: `${path}.damaged-1`, verify: true })).toThrow(
      expect.objectContaining({ code: "store_corrupt" }),
    );
  });

  it("is set aside by one of two who have it open, and the other one goes on with the new one", async () => {
    const { path, log } = await filled();
    const found: DamagedFile[] = [];
    const open = (): ProjectionStore => createSqliteProjectionStore({ path, onDamaged: (file) => found.push(file) });
    const stores = [open(), open()] as const;
    overwrite(path, 0.05, 1);
    for (const store of stores) expect(await createSessionList(log, store).read()).toHaveLength(sessions);
    expect(found).toHaveLength(1);
    expect(await stores[1].tables()).toEqual(await stores[0].tables());
    for (const store of stores) await store.close();
  });
});

/** Reads and writes what the list holds in a table of its own. */
const touchEverything: Projection = {
  name: "touch-everything",
  version: 1,
  apply: (event, table) => table.put(event.stream, { seen: true }),
};

describe("a file that is not one of projections", () => {
  it.each([
    { title: "a text", prepare: (path: string) => writeFileSync(path, "Dear diary, … 漢字\n".repeat(5_000)) },
    {
      title: "another application's database",
      prepare: (path: string) => execute(path, "CREATE TABLE a (b); INSERT INTO a VALUES (1)"),
    },
    {
      title: "another application's database with its mark",
      prepare: (path: string) => execute(path, "PRAGMA application_id = 7; CREATE TABLE a (b)"),
    },
  ])("is refused and not touched, also to be verified: $title", ({ prepare }) => {
    const path = newPath();
    prepare(path);
    const before = readFileSync(path);
    for (const verify of [false, true]) {
      const open = (): ProjectionStore => createSqliteProjectionStore({ path, verify, onDamaged: () => undefined });
      expect(open).toThrow(expect.objectContaining({ code: "store_format_unsupported" }));
    }
    expect(readFileSync(path)).toEqual(before);
    expect(existsSync(`${path}.damaged-1`)).toBe(false);
  });

  it("is one of a newer version, which is only set aside on demand", async () => {
    const { path } = await filled();
    execute(path, "PRAGMA user_version = 99");
    const found: DamagedFile[] = [];
    const onDamaged = (file: DamagedFile): void => void found.push(file);
    const code = "store_format_unsupported";
    expect(() => createSqliteProjectionStore({ path, onDamaged })).toThrow(expect.objectContaining({ code }));
    const store = createSqliteProjectionStore({ path, onDamaged, verify: true });
    expect(await store.tables()).toEqual([]);
    await store.close();
    expect(found[0]?.reason).toContain("format 99");
  });
});

describe("the file of projections", () => {
  it("is begun in a file of no bytes", async () => {
    const path = newPath();
    writeFileSync(path, "");
    const store = createSqliteProjectionStore({ path });
    expect(await createSessionList(await createLog(), store).read()).toHaveLength(sessions);
    await store.close();
  });

  it("is made again when it is removed while it is open, but not its directory", async () => {
    const log = await createLog();
    const path = join(newPath(), "projections.sqlite");
    const store = createSqliteProjectionStore({ path });
    const projector = createProjector({ log, store, projections: [touchEverything] });
    await projector.catchUp();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    await projector.rebuild("touch-everything").catch(() => undefined);
    await projector.catchUp();
    expect(existsSync(path)).toBe(true);
    expect(await store.list("touch-everything")).toHaveLength(sessions);
    rmSync(dirname(path), { recursive: true });
    await expect(store.create("any", 1)).rejects.toMatchObject({ code: "store_unavailable", retryable: true });
    expect(existsSync(dirname(path))).toBe(false);
    await store.close();
  });

  it("of the first format is opened, and what it holds built once more", async () => {
    const path = newPath();
    writeFormat1(path);
    const store = createSqliteProjectionStore({ path });
    expect(await store.tables()).toMatchObject([{ active: true, checkpoint: { position: "1", event: undefined } }]);
    const notices: string[] = [];
    const list = createSessionList(await createLog(), store, (message) => notices.push(message));
    expect(await list.read()).toHaveLength(sessions);
    expect(await list.read()).toHaveLength(sessions);
    expect(notices).toEqual([expect.stringContaining("earlier version")]);
    expect(await store.get("session-list", "session/ghost")).toBeUndefined();
    await store.close();
  });
});

describe("a rebuild", () => {
  const here = hostname();

  it.each([
    { title: "that was killed", by: `process ${deadProcess()} of ${here}`, ago: 0 },
    { title: "whose process id has gone to another program", by: `process 1 of ${here}`, ago: 601 },
    { title: "of another machine that is silent", by: "process 1 of elsewhere", ago: 601 },
  ])("takes the place of one $title", async ({ by, ago }) => {
    const store = withRebuild(by, ago);
    expect(await store.tables()).toMatchObject([{ rebuild: "abandoned" }]);
    const next = await store.create("counts", 1, { rebuild: true });
    expect(await store.tables()).toEqual([next]);
    await store.close();
  });

  it.each([
    { title: "of another machine", by: "process 1 of elsewhere" },
    { title: "of another process", by: `process ${process.pid} of ${here}` },
  ])("is refused beside one $title that is at work, by name", async ({ by }) => {
    const store = withRebuild(by, 30);
    expect(await store.tables()).toMatchObject([{ rebuild: "running" }]);
    const next = store.create("counts", 1, { rebuild: true });
    await expect(next).rejects.toMatchObject({ code: "projection_rebuild_running" });
    await expect(next).rejects.toThrow(by);
    await store.close();
  });
});

/** A store with a table that a rebuild by somebody else touched so many seconds ago. */
function withRebuild(by: string, ago: number): ProjectionStore {
  const path = newPath();
  const store = createSqliteProjectionStore({ path });
  const values = `'counts', 1, '${by}', ${Date.now() - ago * 1_000}`;
  execute(path, `INSERT INTO tables (name, version, rebuilt_by, touched_at) VALUES (${values})`);
  return store;
}

/** The id of a process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
