import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { containing, emptyDirectory, matching, type Place } from "./agentkit.test.support.ts";
import { startDriver } from "./cashier.test.support.ts";
import { house } from "./house.test.support.ts";

// They write to logs on disk, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

const driver = startDriver();
afterAll(() => driver.stop());

async function json(place: Place, ...words: readonly string[]): Promise<unknown> {
  return JSON.parse((await driver.run(place, ...words, "--json")).stdout);
}

async function runFor(place: Place, words: string, outcome: RegExp): Promise<string> {
  const { stdout } = await driver.run(place, "run", words);
  const [, session = ""] = outcome.exec(stdout) ?? [];
  expect(session).not.toBe("");
  return session;
}

describe("agentkit run", () => {
  it("says why what was said was blocked, and what to do", async () => {
    const place = await house();
    const { code, stdout } = await driver.run(place, "run", "something forbidden");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^! block user_input: no-forbidden ×1\nincomplete {2}(\w{24}): content_filter: /);
    expect(stdout).toMatch(/\n {2}blocked {2}by the safety policy\n {4}decision +block user_input: no-forbidden ×1\n/);
    expect(stdout).toMatch(
      /safety override --rule no-forbidden --scope session:\w{24} --expires 1h --reason '<reason>'\n/,
    );
    expect(stdout).not.toContain("resume");
  });

  it("says why what was said is held, as the sessions and resume do, and what lets it go on", async () => {
    const place = await house();
    const { code, stdout } = await driver.run(place, "run", "something doubtful");
    expect(code).toBe(1);
    const [, session = ""] = /^suspended {2}(\w{24})$/m.exec(stdout) ?? [];
    expect(stdout).toMatch(
      /\n {2}held {2}by the safety policy\n {4}decision +require_approval user_input: no-doubtful ×1\n/,
    );
    expect(stdout).toMatch(new RegExp(` resume ${session}\\n`));
    expect((await driver.run(place, "sessions")).stdout).toMatch(
      /^Suspended: 1, with a prompt that the safety policy holds\. See why with: .* resume$/m,
    );
    const swept = await driver.run(place, "resume");
    expect(swept).toMatchObject({ code: 1, stdout: matching(/^suspended[\s\S]*held {2}by the safety policy/) });
    expect((await driver.run(place, "events", session)).stdout).toMatch(
      /RunSuspended +moderation: the prompt is held$/m,
    );
  });

  it("tells of what was taken out", async () => {
    const { code, stdout } = await driver.run(await house(), "run", "something private");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^! redact user_input: no-private ×1\nWell\.\n/);
  });
});

describe("agentkit safety override", () => {
  const grant = ["safety", "override", "--reason", "ticket 12", "--expires", "1h"];

  it("lets a held prompt go on and a blocked one be said again, in its session only, and counts each use", async () => {
    const place = await house();
    const held = await runFor(place, "something doubtful", /^suspended {2}(\w{24})$/m);
    const blocked = await runFor(place, "something forbidden", /^incomplete {2}(\w{24}): /m);
    const doubtful = ["--rule", "no-doubtful", "--scope", `session:${held.slice(0, 10)}`, "--as", "eve"];
    const granted = await driver.run(place, ...grant, ...doubtful);
    expect(granted).toMatchObject({ code: 0, stderr: "" });
    expect(granted.stdout).toMatch(
      new RegExp(
        `^granted {2}[0-9a-f-]{36}\nrule no-doubtful is let go for session:${held} until .*Z, by person:eve\n$`,
      ),
    );
    expect(await driver.run(place, "resume", held)).toMatchObject({
      code: 0,
      stdout: matching(/^completed.*\nWell\.\n$/),
    });
    expect((await driver.run(place, "events", held)).stdout).toMatch(
      /allow user_input: no-doubtful ×1, let through by override/,
    );

    const forbidden = ["--rule", "no-forbidden", "--scope", `session:${blocked}`];
    expect(await json(place, ...grant, ...forbidden, "--as", "bob")).toMatchObject({
      rule: "no-forbidden",
      scope: `session:${blocked}`,
      actor: "person:bob",
    });
    for (let use = 1; use <= 2; use += 1) {
      const again = await driver.run(place, "run", "something forbidden", "--session", blocked);
      expect(again).toMatchObject({ code: 0, stdout: "Well.\n" });
    }
    expect(await driver.run(place, "run", "something forbidden")).toMatchObject({ code: 1 });

    const { stdout } = await driver.run(place, "safety", "overrides");
    expect(stdout).toMatch(/^OVERRIDE +RULE +SCOPE +HOLDS +USED +BY +REASON\n/);
    expect(stdout).toMatch(/\n\w{8} +no-doubtful +session:\w{24} +until .*Z +1 +person:eve +ticket 12\n/);
    expect(await json(place, "safety", "overrides")).toMatchObject({
      overrides: [
        { rule: "no-doubtful", active: true, uses: 1 },
        { rule: "no-forbidden", active: true, uses: 2, reason: "ticket 12" },
      ],
    });
  });

  it("is granted everywhere, by the user of the system, unless something else is said", async () => {
    const place = await house();
    await driver.run(place, "run", "hello");
    expect((await driver.run(place, "safety", "overrides")).stdout).toBe("No exception was granted.\n");
    expect(await json(place, ...grant, "--rule", "no-forbidden")).toMatchObject({
      scope: "*",
      actor: matching(/^person:.+/),
    });
    expect(await driver.run(place, "run", "something forbidden")).toMatchObject({ code: 0, stdout: "Well.\n" });
  });

  it.each([
    [["--rule", "nothing"], 2, "error input_invalid: The override cannot be granted; rule: "],
    [
      ["--rule", "no-forbidden", "--scope", "everywhere"],
      2,
      "error input_invalid: The override cannot be granted; scope: ",
    ],
    [
      ["--rule", "no-forbidden", "--expires", "2020-01-01"],
      2,
      "error input_invalid: The override cannot be granted; expires: ",
    ],
    [["--rule", "no-forbidden", "--expires", "soon"], 2, "error input_invalid: --expires takes a duration"],
    [["--rule", "no-forbidden", "--reason", " "], 2, "error input_invalid: The override cannot be granted; reason: "],
    [["--rule", "no-forbidden", "--as", " "], 2, "error input_invalid: Say by --as who"],
    [[], 2, "error usage_invalid: required option '--rule <id>' not specified"],
  ])("refuses %j", async (words, code, message) => {
    const place = await house();
    await driver.run(place, "run", "hello");
    expect(await driver.run(place, ...grant, ...words)).toMatchObject({
      code,
      stdout: "",
      stderr: containing(message),
    });
    expect(await json(place, "safety", "overrides")).toEqual({ overrides: [] });
  });

  it("may be for a session that is not there yet, and says so", async () => {
    const place = await house();
    await driver.run(place, "run", "hello");
    const early = await driver.run(place, ...grant, "--rule", "no-forbidden", "--scope", "session:later");
    expect(early).toMatchObject({
      code: 0,
      stdout: containing("is let go for session:later until"),
      stderr: containing("The log has no session 'later' yet"),
    });
  });

  it("has nothing to make an exception from where safety is off", async () => {
    const place = { directory: await emptyDirectory() };
    await writeFile(join(place.directory, "agentkit.config.mjs"), "export default { safety: false };");
    await driver.run(place, "run", "hello");
    expect(await driver.run(place, ...grant, "--rule", "secrets")).toMatchObject({
      code: 2,
      stderr: containing("error config_invalid: The configuration turns safety off"),
    });
  });
});
