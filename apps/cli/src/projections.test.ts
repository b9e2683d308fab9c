import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig, openRuntime } from "@agentkit/gateway";
import { describe, expect, it, vi } from "vitest";
import { agentkit, agentkitJson, emptyDirectory, matching, runPrompt } from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

/** Appends an event that this version cannot read, and one behind it, as a newer version would. */
async function appendPoison(directory: string): Promise<void> {
  const runtime = await openRuntime(await loadConfig({ directory, variables: {} }));
  const event = { type: "RunStarted", time: "2026-11-22T12:00:00.000Z", data: {}, meta: {} };
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
    expect(stdout).toMatch(/^session-list +1 +\d+ +0 +0 +\d+$/m);
    expect(stdout).toMatch(/^usage +1 +4 +0 +0 +\d+$/m);
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
    const skip = ["--skip", "00000000-0000-4000-8000-000000000001", "--retry"];
    expect(await agentkit(place, "projections", "session-list", ...skip)).toMatchObject({ code: 0 });
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session: "poisoned" }, {}] });
  });
});

describe("agentkit rebuild", () => {
  it("builds a projection anew and gives the same list", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await runPrompt(place, "What is 6 * 7?");
    const before = await agentkitJson(place, "sessions");
    const rebuilt = await agentkit(place, "rebuild", "session-list");
    expect(rebuilt).toMatchObject({ code: 0, stdout: matching(/^Rebuilt session-list version 1: \d+ events/) });
    expect(await agentkitJson(place, "sessions")).toEqual(before);
    expect(await agentkit(place, "rebuild", "nothing")).toMatchObject({ code: 3 });
  });
});

describe("the file of the projections", () => {
  it("is not needed: it is made again when it is gone, and passed over when it is damaged", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "Hello");
    await agentkit(place, "projections");
    const path = join(place.directory, ".agentkit", "projections.sqlite");
    const before = await agentkitJson(place, "sessions");
    await rm(path);
    expect(await agentkitJson(place, "sessions")).toEqual(before);
    expect(existsSync(path)).toBe(false);
    await writeFile(path, "this is no database, and long enough for nobody to take it for one".repeat(20));
    expect(await agentkitJson(place, "sessions")).toEqual(before);
  });
});
