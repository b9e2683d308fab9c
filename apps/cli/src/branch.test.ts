import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import {
  agentkit,
  agentkitJson,
  containing,
  emptyDirectory,
  eventTypes,
  matching,
  type Place,
  runPrompt,
} from "./agentkit.test.support.ts";
import { cashierPlace, startDriver } from "./cashier.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

const cli = dirname(dirname(fileURLToPath(import.meta.url)));
const core = pathToFileURL(join(cli, "node_modules", "@agentkit", "core", "dist", "index.js")).href;

async function configure({ directory }: Place, instructions: string): Promise<void> {
  const source = `import { defineAgent } from ${JSON.stringify(core)};
export default { agents: [defineAgent({ name: "guide", model: "any", instructions: ${JSON.stringify(instructions)} })] };
`;
  await writeFile(join(directory, "agentkit.config.ts"), source);
}

const driver = startDriver();
afterAll(() => driver.stop());

describe("agentkit replay", () => {
  it("shows the first divergence with both sides after the instructions changed", async () => {
    const place = { directory: await emptyDirectory() };
    await configure(place, "Speak plainly.");
    const session = await runPrompt(place, "hello");
    await runPrompt(place, "hello again", "--session", session);
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });

    await configure(place, "Speak like a pirate.");
    const { code, stdout } = await agentkit(place, "replay", session);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^diverged .* at revision \d+,/m);
    expect(stdout).toMatch(
      /where {5}ModelCallStarted: instructions\n {2}recorded {2}Speak plainly\.\n {2}replayed {2}Speak like a pirate\./,
    );
    expect(await agentkitJson(place, "replay", session)).toMatchObject({
      status: "diverged",
      divergence: { kind: "code", recorded: "Speak plainly.", replayed: "Speak like a pirate." },
    });
  });
});

describe("agentkit fork and diff", () => {
  it("runs on from the middle with other instructions, and shows both answers side by side", async () => {
    const place = { directory: await emptyDirectory() };
    const parent = await runPrompt(place, "My name is Ada");
    const revision = (await eventTypes(place, parent)).indexOf("RunCompleted");
    await runPrompt(place, "What is my name?", "--session", parent);

    const options = ["--at", String(revision), "--instructions", "Answer in rhyme.", "--input", "What is my name?"];
    const fork = await agentkitJson(place, "fork", parent, ...options);
    expect(fork).toMatchObject({
      parent: { session: parent, revision },
      result: { outcome: "completed", text: matching(/Your name is Ada\..*Answer in rhyme/) },
    });
    const [, session = ""] = /"session":"([^"]+)"/.exec(JSON.stringify(fork)) ?? [];

    expect(await agentkitJson(place, "diff", parent, session)).toMatchObject({
      common: { session: parent, revision },
      samePrompt: true,
      left: { turns: [{ prompt: "What is my name?" }] },
      right: { instructions: "Answer in rhyme.", turns: [{ prompt: "What is my name?" }] },
    });
    const { code, stdout } = await agentkit(place, "diff", parent, session);
    expect(code).toBe(0);
    expect(stdout).toContain(`They share session ${parent} up to revision ${revision}.`);
    expect(stdout).toMatch(/prompt \(the same\)\nWhat is my name\?/);
    expect(stdout).toMatch(/answer\nYour name is Ada\. .*│ Your name is Ada\. /);
    for (const id of [parent, session]) expect(await agentkit(place, "replay", id)).toMatchObject({ code: 0 });
    const sessions = await agentkit(place, "sessions");
    expect(sessions.stdout).toContain(`↳ ${parent.slice(0, 8)} at ${revision}  What is my name?`);
  });

  it("takes up the run that was under way at the revision", async () => {
    const place = { directory: await emptyDirectory() };
    const parent = await runPrompt(place, "What is 6 * 7?");
    const at = String((await eventTypes(place, parent)).indexOf("ModelCallCompleted"));
    const open = await agentkit(place, "fork", parent, "--at", at);
    expect(open.stdout).toMatch(/forked[\s\S]*run on with a prompt[\s\S]*go on with its open run/);
    const forked = await agentkit(place, "fork", parent, "--at", at, "--run");
    expect(forked).toMatchObject({ code: 0, stdout: containing("6 * 7 = 42.") });
  });

  it("says what is wrong with a place or a wish", async () => {
    const place = { directory: await emptyDirectory() };
    const parent = await runPrompt(place, "hello");
    expect(await agentkit(place, "fork", parent, "--at", "99")).toMatchObject({
      code: 3,
      stderr: containing("error revision_not_found"),
    });
    expect(await agentkit(place, "fork", parent, "--input", "x", "--run")).toMatchObject({ code: 2 });
    expect(await agentkit(place, "fork", parent, "--run")).toMatchObject({
      code: 2,
      stderr: containing("No run was under way there"),
    });
  });

  it("runs on with the agent that the session had there, or writes nothing", async () => {
    const place = await cashierPlace();
    const parent = await runPrompt(place, "Hand over: Refund 300", "--agent", "desk");
    const handoff = (await eventTypes(place, parent)).indexOf("HandoffDecided");
    for (const [at, agent] of [
      [0, "desk"],
      [handoff - 1, "desk"],
      [handoff, "cashier"],
    ] as const) {
      const forked = await driver.run(place, "fork", parent, "--at", String(at), "--input", "Hello");
      expect(forked).toMatchObject({ code: 0, stdout: containing("Hello.") });
      const sessions = await driver.run(place, "sessions");
      expect(sessions.stdout).toMatch(new RegExp(`completed +${agent} .* at ${at} `));
    }
    const before = await driver.run(place, "sessions");
    const idle = await driver.run(place, "fork", parent, "--at", "0", "--run");
    expect(idle).toMatchObject({ code: 2, stderr: containing("No run was under way there") });
    expect((await driver.run(place, "sessions")).stdout).toBe(before.stdout);
  });
});
