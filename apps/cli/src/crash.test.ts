import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { functionCalls, slow, startOpenAIDouble, text } from "@agentkit/openai-double";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  agentkit,
  agentkitJson,
  containing,
  emptyDirectory,
  eventTypes,
  matching,
  onlySession,
  runPrompt,
  start,
} from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

/** Leaves a payment of which nobody knows the outcome. */
async function killInsidePayment(): Promise<{ readonly directory: string; readonly session: string }> {
  const directory = await emptyDirectory();
  const running = start({ directory }, "run", "Send 25 EUR to Ada");
  await running.printed(/→ send_payment/);
  running.child.kill("SIGKILL");
  await running.ended;
  return { directory, session: await onlySession({ directory }) };
}

describe("a run killed while the model answers", () => {
  it("is finished by resume without anything recorded being asked or done again", async () => {
    const double = await startOpenAIDouble({
      rules: [
        { when: "multiply", reply: functionCalls([{ name: "calculate", arguments: { expression: "6*7" } }]) },
        {
          when: { toolOutput: true },
          reply: [text("It is forty-two, said slowly enough."), slow({ eventDelayMs: 200 })],
          times: 1,
        },
        { when: { toolOutput: true }, reply: text("It is 42.") },
      ],
    });
    onTestFinished(async () => double.close());
    const variables = { OPENAI_BASE_URL: double.url, OPENAI_API_KEY: "any" };
    const place = { directory: await emptyDirectory(), variables };

    const running = start(place, "run", "please multiply");
    await running.printed(/← 42\nIt is/);
    running.child.kill("SIGKILL");
    await running.ended;
    const session = await onlySession(place);
    const asked = double.requests.length;

    const left = await agentkit(place, "resume");
    expect(left).toMatchObject({ code: 1, stdout: matching(/left alone[\s\S]*resume --force/) });
    expect(double.requests).toHaveLength(asked);

    const resumed = await agentkit(place, "resume", session);
    expect(resumed).toMatchObject({ code: 0, stdout: containing("It is 42.") });
    expect(double.requests).toHaveLength(asked + 1);
    const types = await eventTypes(place, session);
    expect(types.filter((type) => type === "ToolCallStarted")).toHaveLength(1);
    expect(types.filter((type) => type === "ModelCallCompleted")).toHaveLength(2);

    await double.close();
    const replay = await agentkit({ directory: place.directory }, "replay", session);
    expect(replay).toMatchObject({ code: 0, stdout: containing("identical") });
  });

  it("is taken up with all others by resume --force", async () => {
    const place = { directory: await emptyDirectory() };
    const running = start(place, "run", "count to 150");
    await running.printed(/1 2 3 4/);
    running.child.kill("SIGKILL");
    await running.ended;
    const answer = await agentkitJson(place, "resume", "--force");
    expect(answer).toMatchObject({ resumed: [{ outcome: "completed" }], skipped: [], suspended: [], errors: [] });
    expect((await agentkit(place, "resume")).stdout).toContain("Nothing to resume");
  });
});

describe("a run killed inside a tool with side effects", () => {
  it("is suspended as outcome unknown, and goes on as a person decides", async () => {
    const place = await killInsidePayment();
    const { session } = place;
    const suspended = await agentkit(place, "resume", session);
    expect(suspended).toMatchObject({ code: 1 });
    expect(suspended.stdout).toMatch(/suspended[\s\S]*outcome unknown {2}send_payment, started once/);
    expect(suspended.stdout).toContain('{"to":"Ada","amount":25,"currency":"EUR"}');
    const [, callId = ""] = /call {7}(\S+)/.exec(suspended.stdout) ?? [];
    expect(suspended.stdout).toContain(`resume ${session} --succeeded '${callId}=<output>'`);

    const list = await agentkit(place, "resume");
    expect(list).toMatchObject({ code: 1, stdout: containing("outcome unknown") });
    expect((await agentkit(place, "run", "hello", "--session", session)).stderr).toContain("error session_suspended");
    expect(await agentkit(place, "resume", session, "--retry", "call_other")).toMatchObject({
      code: 3,
      stderr: containing(`'call_other' of session '${session}' does not wait`),
    });

    const decided = await agentkit(
      place,
      "resume",
      session,
      "--succeeded",
      `${callId}=It is in the ledger.`,
      "--actor",
      "ada",
    );
    expect(decided).toMatchObject({ code: 0, stdout: containing("It is in the ledger.") });
    expect((await agentkit(place, "events", session, "--json")).stdout).toContain('"actor":"person:ada"');
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
    await expect(readFile(join(place.directory, ".agentkit", "ledger.jsonl"), "utf8")).rejects.toThrow("ENOENT");
  });

  it("pays once when a person has it retried", async () => {
    const place = await killInsidePayment();
    const { session } = place;
    const suspended = await agentkitJson(place, "resume", session);
    expect(suspended).toMatchObject({ outcome: "suspended", waiting: [{ tool: "send_payment", attempts: 1 }] });
    const [, callId = ""] = /"callId":"([^"]+)"/.exec(JSON.stringify(suspended)) ?? [];
    expect(await agentkit(place, "resume", session, "--retry", callId)).toMatchObject({ code: 0 });
    const ledger = await readFile(join(place.directory, ".agentkit", "ledger.jsonl"), "utf8");
    expect(ledger.trim().split("\n")).toHaveLength(1);
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
  });

  it("tells the model when a person says that it failed", async () => {
    const place = await killInsidePayment();
    const { session } = place;
    const suspended = await agentkit(place, "resume", session);
    const [, callId = ""] = /call {7}(\S+)/.exec(suspended.stdout) ?? [];
    const decided = await agentkit(place, "resume", session, "--failed", `${callId}=The bank knows nothing of it.`);
    expect(decided).toMatchObject({ code: 0, stdout: containing("The bank knows nothing of it.") });
  });
});

describe("a run that something else drives", () => {
  it("is taken over by resume, and whoever drove it stops without a trace", async () => {
    const place = { directory: await emptyDirectory() };
    const driver = start(place, "run", "count to 400");
    await driver.printed(/1 2 3 4/);
    const session = await onlySession(place);
    const [resumed, driven] = await Promise.all([agentkit(place, "resume", session), driver.ended]);
    expect(resumed).toMatchObject({ code: 0, stdout: containing("399 400 [offline demo model") });
    expect(driven).toMatchObject({ code: 1, stderr: matching(/^error concurrency_conflict: /) });
    const types = await eventTypes(place, session);
    expect(types.filter((type) => type === "ModelCallCompleted")).toHaveLength(1);
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
  });
});

describe("a run that is interrupted by its user", () => {
  it("is cancelled, and the session goes on", async () => {
    const place = { directory: await emptyDirectory() };
    const running = start(place, "run", "count to 150");
    await running.printed(/1 2 3 4/);
    running.child.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 1, stdout: containing("cancelled") });
    const session = await onlySession(place);
    await runPrompt(place, "hello", "--session", session);
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
  });
});
