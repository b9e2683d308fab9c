import { existsSync } from "node:fs";
import { copyFile, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { loadConfig, openRuntime } from "@agentkit/gateway";
import { describe, expect, it, vi } from "vitest";
import { agentkit, agentkitJson, emptyDirectory, matching, runPrompt } from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

/** Appends an event that this version cannot read, and one behind it, as a newer version would. */
async function appendPoison(directory: string): Promise<void> {
  const runtime = await openRuntime(await loadConfig({ directory, variables: {} }));
  const data = { run: "one", agent: "assistant" };
  const event = { type: "RunStarted", time: "2026-11-22T12:00:00.000Z", data, meta: {} };
  const ids = [1, 2].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
  const events = ids.map((id, index) => ({ ...event, id, version: index === 0 ? 99 : 1 }));
  await runtime.log.append("session-poisoned", events, { expected: "no_stream" });
  await runtime.close();
}

describe("agentkit projections", () => {
  it("brings them up to date and shows how they stand", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "What is 6 * 7?");
    const { code, stdout } = await agentkit(place, "projections");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^session-list +2 +\d+ +0 +0 +\d+$/m);
    expect(stdout).toMatch(/^usage +\d+ +4 +0 +0 +\d+$/m);
    expect(await agentkitJson(place, "projections", "usage")).toMatchObject([{ name: "usage", behind: 0, parked: 0 }]);
    expect(await agentkit(place, "projections", "nothing")).toMatchObject({
      code: 3,
      stderr: matching(/session-list/),
    });
  });

  it("shows events that cannot be applied, tries them again, and gives them up", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await appendPoison(place.directory);
    const { code, stdout } = await agentkit(place, "projections", "session-list");
    expect(code).toBe(1);
    expect(stdout).toMatch(/00000001 {2}session-poisoned@0 {2}.*version 99/);
    expect(stdout).toMatch(/00000002 {2}session-poisoned@1 {2}It comes after a parked event/);
    expect(await agentkit(place, "projections", "session-list", "--retry")).toMatchObject({ code: 1 });
    const incomplete = /^The list is incomplete: 2 events .* projections session-list/m;
    expect(await agentkit(place, "sessions")).toMatchObject({ code: 0, stderr: matching(incomplete) });
    const skip = ["--skip", "00000000-0000-4000-8000-000000000001", "--retry"];
    expect(await agentkit(place, "projections", "session-list", ...skip)).toMatchObject({ code: 0 });
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session: "poisoned" }, {}] });
    const leftOut = /^Left out: 1 event, given up by --skip\. .* projections session-list$/m;
    expect(await agentkit(place, "sessions")).toMatchObject({ code: 0, stderr: "", stdout: matching(leftOut) });
    const rebuilt = await agentkit(place, "rebuild", "session-list");
    expect(rebuilt).toMatchObject({
      code: 0,
      stdout: matching(/skipped for version 2:\n.*0001 {2}session-poisoned@0/),
    });
    const after = await agentkit(place, "projections");
    const skipped = /^Skipped by session-list for version 2: 1\..*\n +\S+0001 {2}session-poisoned@0 .*version 99/m;
    expect(after).toMatchObject({ code: 0, stdout: matching(skipped) });
  });

  it("takes back what was given up, once it can be applied", async () => {
    const place = { directory: await emptyDirectory() };
    const session = await runPrompt(place, "Hello");
    const run = "UPDATE events SET data = ? WHERE type = 'RunStarted'";
    const sound = changeLog(place.directory, run, '{"nonsense":1}');
    const parked = await agentkit(place, "projections", "session-list");
    expect(parked).toMatchObject({ code: 1, stdout: matching(/is no valid RunStarted: .* at 'run'/) });
    const [, id = ""] = /^ +(\S+) .*is no valid RunStarted/m.exec(parked.stdout) ?? [];
    expect(await agentkit(place, "projections", "session-list", "--skip", id, "--retry")).toMatchObject({ code: 0 });
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session, turns: 0 }], skipped: 1 });
    const back = ["projections", "session-list", id, "--retry"];
    expect(await agentkit(place, ...back)).toMatchObject({ code: 1, stderr: matching(/^error projection_failed/) });
    changeLog(place.directory, run, sound);
    expect(await agentkit(place, ...back)).toMatchObject({ code: 0 });
    const summary = { session, turns: 1, agent: "assistant", status: "completed" };
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [summary], skipped: 0 });
    expect(await agentkit(place, ...back)).toMatchObject({ code: 2, stderr: matching(/no parked or skipped event/) });
    expect(await agentkit(place, "projections", "session-list", id)).toMatchObject({ code: 2 });
  });

  it.each([["--skip", "00000000-0000-4000-8000-000000000001"], ["--retry"]])(
    "wants the projection named for %s, and changes nothing without",
    async (...words) => {
      const place = { directory: await emptyDirectory() };
      await runPrompt(place, "Hello");
      await appendPoison(place.directory);
      const refused = await agentkit(place, "projections", ...words);
      expect(refused).toMatchObject({ code: 2, stdout: "", stderr: matching(/^error input_invalid: .*name it/) });
      expect(await agentkit(place, "projections", "nothing", ...words)).toMatchObject({ code: 3 });
      expect(await agentkitJson(place, "projections", "session-list")).toMatchObject([{ parked: 2, skipped: 0 }]);
    },
  );

  it("shows what a rebuild that was killed has left, which the next one clears away", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await agentkit(place, "projections");
    // No process has an id so large.
    beginRebuild(place.directory, 2 ** 30);
    const { code, stdout } = await agentkit(place, "projections");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^A rebuild of usage version 1 was broken off after 3,000 events\..*rebuild usage/m);
    expect(await agentkit(place, "rebuild", "usage")).toMatchObject({ code: 0 });
    expect(await agentkitJson(place, "projections", "usage")).not.toHaveProperty("0.building");
  });

  it("refuses a rebuild while another one runs, and shows that one", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await agentkit(place, "projections");
    beginRebuild(place.directory, process.pid);
    const refused = await agentkit(place, "rebuild", "usage");
    expect(refused).toMatchObject({ code: 1, stderr: matching(/^error projection_rebuild_running: .*process \d+ of/) });
    const { stdout } = await agentkit(place, "projections");
    expect(stdout).toMatch(/^A rebuild of usage version 1 is running: 3,000 events so far/m);
  });
});

describe("agentkit rebuild", () => {
  it("builds a projection anew and gives the same list", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await runPrompt(place, "What is 6 * 7?");
    const before = await agentkitJson(place, "sessions");
    const rebuilt = await agentkit(place, "rebuild", "session-list");
    expect(rebuilt).toMatchObject({ code: 0, stdout: matching(/^Rebuilt session-list version 2: \d+ events/) });
    expect(await agentkitJson(place, "sessions")).toEqual(before);
    expect(await agentkit(place, "rebuild", "nothing")).toMatchObject({ code: 3 });
  });
});

/** Changes the data of the log's only such event behind its back, and returns what it was. */
function changeLog(directory: string, update: string, data: string): string {
  const database = new DatabaseSync(join(directory, ".agentkit", "log.sqlite"));
  const before = database.prepare("SELECT data FROM events WHERE type = 'RunStarted'").get();
  database.prepare(update).run(data);
  database.close();
  return String(before?.["data"]);
}

/** Leaves the table of a rebuild in the store, as a process with this id would in the middle of one. */
function beginRebuild(directory: string, processId: number): void {
  const database = new DatabaseSync(fileOf(directory));
  const values = `'usage', 1, 3000, 'process ${processId} of ${hostname()}', ${Date.now()}`;
  database.exec(`INSERT INTO tables (name, version, events, rebuilt_by, touched_at) VALUES (${values})`);
  database.close();
}

/** Damages the pages of the tables and leaves the file's own: it opens, and what is read from it fails. */
async function damageTables(path: string): Promise<void> {
  const { size } = await stat(path);
  const file = await open(path, "r+");
  for (let at = 4_096; at < size; at += 4_096) await file.write(Buffer.alloc(4_096, 0x5a), 0, 4_096, at);
  await file.close();
}

function fileOf(directory: string): string {
  return join(directory, ".agentkit", "projections.sqlite");
}

describe("the file of the projections", () => {
  it("is not needed: it is made again when it is gone", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await agentkit(place, "projections");
    const before = await agentkitJson(place, "sessions");
    await rm(fileOf(place.directory));
    expect(await agentkitJson(place, "sessions")).toEqual(before);
    expect(existsSync(fileOf(place.directory))).toBe(false);
  });

  it("is set aside when it is damaged, which is said, and built again", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await agentkit(place, "projections");
    const path = fileOf(place.directory);
    const before = await agentkit(place, "sessions");
    await writeFile(path, Buffer.alloc(20_000, 0xa7));
    const { code, stdout, stderr } = await agentkit(place, "sessions");
    expect({ code, stdout }).toEqual({ code: 0, stdout: before.stdout });
    expect(stderr).toMatch(/projections\.sqlite cannot be used and was set aside as .*projections\.sqlite\.damaged-1;/);
    expect(await readFile(`${path}.damaged-1`)).toEqual(Buffer.alloc(20_000, 0xa7));
    expect(await agentkit(place, "sessions")).toEqual(before);
  });

  it("is repaired by a rebuild wherever it is damaged, and of a newer version too", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await agentkit(place, "projections");
    const path = fileOf(place.directory);
    const { size } = await stat(path);
    const file = await open(path, "r+");
    await file.write(Buffer.alloc(4_096, 0x5a), 0, 4_096, size - 4_096);
    await file.close();
    const damaged = await agentkit(place, "rebuild", "session-list");
    expect(damaged).toMatchObject({ code: 0, stderr: matching(/set aside as .*damaged-1/) });
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const newer = await agentkit(place, "rebuild", "session-list");
    expect(newer).toMatchObject({ code: 0, stderr: matching(/set aside as .*damaged-2.*format 99/) });
    expect(await agentkit(place, "rebuild", "session-list")).toMatchObject({ code: 0, stderr: "" });
  });

  it.each([["usage"], ["usage", "--retry"]])(
    "is begun again when its damage is met on the way, and shown up to date: %j",
    async (...words) => {
      const place = { directory: await emptyDirectory() };
      await runPrompt(place, "Hello");
      await agentkit(place, "projections");
      await damageTables(fileOf(place.directory));
      const { code, stdout, stderr } = await agentkit(place, "projections", ...words);
      expect({ code, stderr }).toEqual({ code: 0, stderr: matching(/set aside as .*damaged-1/) });
      expect(stdout).toMatch(/^usage +\d+ +\d+ +0 +0 +\d+$/m);
    },
  );

  it("is left alone where it is somebody's text: the list does without, and a rebuild is refused", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    const before = await agentkit(place, "sessions");
    const path = fileOf(place.directory);
    await writeFile(path, "Things to do\n".repeat(500));
    const { stdout, stderr } = await agentkit(place, "sessions");
    expect(stdout).toEqual(before.stdout);
    expect(stderr).toMatch(/^The session list is kept in memory.*no AgentKit projection store but a text/);
    const refused = { code: 1, stderr: matching(/^error store_format_unsupported: .*Move it away/) };
    expect(await agentkit(place, "rebuild", "session-list")).toMatchObject(refused);
    expect(await agentkit(place, "projections")).toMatchObject(refused);
    expect(await readFile(path, "utf8")).toBe("Things to do\n".repeat(500));
  });

  it("is not believed beside an older log: no session is shown that this one does not have", async () => {
    const place = { directory: await emptyDirectory() };
    const log = join(place.directory, ".agentkit", "log.sqlite");
    const first = await runPrompt(place, "Hello");
    await copyFile(log, `${log}.backup`);
    await runPrompt(place, "Hello again");
    await agentkit(place, "projections");
    await copyFile(`${log}.backup`, log);
    const { code, stdout, stderr } = await agentkit(place, "projections");
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: matching(/'usage' stands at .* built anew/) });
    expect(stdout).toMatch(/^session-list +2 +\d+ +0 +0 +\d+$/m);
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session: first }] });
  });
});
