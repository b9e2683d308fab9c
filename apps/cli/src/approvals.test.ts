import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { agentkit, containing, matching, type Place } from "./agentkit.test.support.ts";
import { cashierPlace, startDriver } from "./cashier.test.support.ts";

// Some start several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

interface Request {
  readonly approval: string;
  readonly session: string;
  readonly ticket: string;
}

async function commandJson(place: Place, ...words: readonly string[]): Promise<unknown> {
  return JSON.parse((await driver.run(place, ...words, "--json")).stdout);
}

/** Has a refund asked for, and returns the request for its approval. */
async function askFor(place: Place, words: string, agent: string): Promise<Request> {
  expect(await driver.run(place, "run", words, "--agent", agent)).toMatchObject({ code: 1 });
  const [request] = await openRequests(place);
  if (request === undefined) throw new Error("Nothing waits for an approval.");
  return request;
}

async function openRequests(place: Place): Promise<readonly Request[]> {
  const answer = await commandJson(place, "approvals");
  const isAnswer = typeof answer === "object" && answer !== null && "approvals" in answer;
  return isAnswer && Array.isArray(answer.approvals) ? answer.approvals.filter(isRequest) : [];
}

function isRequest(value: unknown): value is Request {
  return typeof value === "object" && value !== null && "ticket" in value && "approval" in value;
}

async function refunds({ directory }: Place): Promise<string> {
  return readFile(join(directory, "refunds.txt"), "utf8").catch(() => "");
}

const manager = ["--as", "eve", "--role", "manager"];

const driver = startDriver();
afterAll(() => driver.stop());

describe("agentkit approvals", () => {
  it("shows what waits, with what is to be hidden hidden, and how to decide", async () => {
    const place = await cashierPlace();
    const nothing = await driver.run(place, "run", "Hello", "--agent", "cashier");
    expect(nothing).toMatchObject({ code: 0 });
    expect((await driver.run(place, "approvals")).stdout).toBe("Nothing waits for an approval.\n");

    const suspended = await driver.run(place, "run", "Refund 100", "--agent", "cashier");
    expect(suspended.stdout).toMatch(
      /^suspended[\s\S]*approval required {2}refund, not started[\s\S]*approvals [0-9a-f]{24}$/m,
    );
    const { code, stdout } = await driver.run(place, "approvals");
    expect(code).toBe(0);
    expect(stdout).toMatch(/arguments +\{"amount":100,"card":"\[hidden\]"\}\n/);
    expect(stdout).toMatch(/approver +manager \(policy agent:cashier@/);
    expect(stdout).toMatch(/approvals approve [0-9a-f]{8} --as <name> --role manager\n/);
    const [, session = ""] = /session +([0-9a-f]{24})/.exec(stdout) ?? [];
    expect((await driver.run(place, "approvals", session.slice(0, 8))).stdout).toBe(stdout);
    const sessions = await driver.run(place, "sessions");
    expect(sessions.stdout).toMatch(/^Suspended: 1, waiting for an approval\. .*approvals$/m);
    expect(sessions.stdout).not.toContain("resume");
    const resumed = await driver.run(place, "resume", session);
    expect(resumed).toMatchObject({ code: 1, stdout: matching(new RegExp(`approvals ${session}\n`)) });
  });

  it("runs an approved call in the foreground, once, and records who approved it", async () => {
    const place = await cashierPlace();
    const { approval, session, ticket } = await askFor(place, "Refund 100", "cashier");
    const approved = await agentkit(
      place,
      "approvals",
      "approve",
      approval.slice(0, 8),
      ...manager,
      "--reason",
      "a regular",
    );
    expect(approved).toMatchObject({ code: 0, stderr: "" });
    expect(approved.stdout).toBe(`approved  by eve (manager)\ncompleted  ${session}\nDone: refunded 100\n`);
    expect(await refunds(place)).toBe("100\n");
    const events = await agentkit(place, "events", session);
    expect(events.stdout).toMatch(/ToolCallApproved +refund: by eve \(manager\): a regular · call_refund/);

    const again = await agentkit(place, "approvals", "approve", ticket, ...manager);
    expect(again).toMatchObject({ code: 1, stderr: matching(/^error approval_replayed: /) });
    for (const name of [approval, approval.slice(0, 8)]) {
      expect(await driver.run(place, "approvals", "approve", name, ...manager)).toMatchObject({
        code: 1,
        stderr: matching(/^error approval_replayed: /),
      });
    }
    const late = await driver.run(place, "approvals", "deny", approval, "--as", "bob", "--reason", "no");
    expect(late).toMatchObject({ code: 1, stderr: matching(/^error approval_replayed: /) });
    const attempt = { session, approval, reason: "replayed" };
    expect(await commandJson(place, "approvals", "--refused")).toMatchObject([
      { ...attempt, approver: { user: "eve" } },
      { ...attempt, approver: { user: "eve" } },
      { ...attempt, approver: { user: "eve" } },
      { ...attempt, approver: { user: "bob" }, outcome: "deny" },
    ]);
    expect(await refunds(place)).toBe("100\n");
  });

  it("lets the approver put other arguments in their place", async () => {
    const place = await cashierPlace();
    const { ticket, session } = await askFor(place, "Refund 100", "cashier");
    const broken = await driver.run(place, "approvals", "approve", ticket, ...manager, "--arguments", "{");
    expect(broken).toMatchObject({
      code: 2,
      stderr: containing("error input_invalid: The changed arguments are nothing that the tool takes"),
    });
    const edited = ["--arguments", '{"amount":60,"card":"4111"}'];
    const answer = await commandJson(place, "approvals", "approve", ticket, ...manager, ...edited);
    expect(answer).toMatchObject({
      outcome: "approve",
      approver: { user: "eve", roles: ["manager"] },
      result: { outcome: "completed" },
      above: [],
    });
    expect(await refunds(place)).toBe("60\n");
    const shown = await driver.run(place, "routing", session);
    expect(shown.stdout).toMatch(/with other arguments \{"amount":60,"card":"\[hidden\]"\}/);
    expect((await driver.run(place, "events", session)).stdout).toMatch(
      /ToolCallApproved +refund: by eve \(manager\), with other arguments \{"amount":60,"card":"\[hidden\]"\}/,
    );
  });

  it("denies with a reason that the model is told, and takes up the run that waited for this one", async () => {
    const place = await cashierPlace();
    const request = await askFor(place, "Have 200 refunded", "desk");
    const missing = await driver.run(place, "approvals", "deny", request.approval, ...manager);
    expect(missing).toMatchObject({ code: 2, stderr: containing("error usage_invalid: required option '--reason") });
    const denied = await driver.run(place, "approvals", "deny", request.approval, ...manager, "--reason", "too much");
    expect(denied).toMatchObject({ code: 0, stderr: "" });
    expect(denied.stdout).toMatch(
      /^denied {2}by eve \(manager\)\ncompleted[\s\S]*too much[\s\S]*\ncompleted[\s\S]*too much/,
    );
    expect(await refunds(place)).toBe("");
    expect((await driver.run(place, "resume")).stdout).toContain("Nothing to resume");
  });

  it("refuses who lacks the role and what is no ticket, and shows each attempt", async () => {
    const place = await cashierPlace();
    const { approval, session } = await askFor(place, "Refund 100", "cashier");
    const clerk = await driver.run(place, "approvals", "approve", approval, "--as", "bob", "--role", "clerk");
    expect(clerk).toMatchObject({ code: 1, stderr: matching(/^error approval_role_missing: /) });
    const forged = await driver.run(place, "approvals", "approve", "made.up", "--as", "mallory");
    expect(forged).toMatchObject({ code: 1, stderr: matching(/^error approval_forged: /) });
    expect(await refunds(place)).toBe("");

    const { stdout } = await driver.run(place, "approvals", "--refused");
    expect(stdout).toMatch(new RegExp(`${session} +role_missing +approve +bob \\(clerk\\)\n`));
    expect(stdout).toMatch(/- +forged +approve +mallory\n/);
    expect(await commandJson(place, "approvals", "--refused", session)).toMatchObject([
      { session, approval, reason: "role_missing", approver: { user: "bob", roles: ["clerk"] } },
    ]);
    expect((await driver.run(place, "events", session)).stdout).not.toContain("ApprovalRefused");
  });

  it("says that a request has expired, and what lets its run go on", async () => {
    const place = await cashierPlace({ VALID_MS: "1" });
    const { approval, session } = await askFor(place, "Refund 100", "cashier");
    const late = await driver.run(place, "approvals", "approve", approval, ...manager);
    expect(late).toMatchObject({ code: 1, stderr: matching(/^error approval_expired: /) });
    expect((await driver.run(place, "approvals")).stdout).toMatch(new RegExp(`, expired .*\n.*resume ${session}\n$`));
    expect(await driver.run(place, "resume", session)).toMatchObject({
      code: 0,
      stdout: containing("approval_expired"),
    });
  });

  it.each(["approve", "deny"])("has %s name who decides", async (outcome) => {
    const place = await cashierPlace();
    const { approval } = await askFor(place, "Refund 100", "cashier");
    const words = ["approvals", outcome, approval, "--role", "manager", "--reason", "why not"];
    expect(await driver.run(place, ...words)).toMatchObject({
      code: 2,
      stderr: containing("error usage_invalid: required option '--as <name>' not specified"),
    });
    expect(await commandJson(place, "approvals", "--refused")).toEqual([]);
    expect(await openRequests(place)).toHaveLength(1);
  });

  it("keeps what a tool hides off the screen of run and events, and nothing else", async () => {
    const place = await cashierPlace();
    const run = await driver.run(place, "run", "Refund 40", "--agent", "cashier");
    expect(run.stdout).toContain('→ refund({"amount":40,"card":"[hidden]"})\n← refunded 40\n');
    const [, session = ""] = /^([0-9a-f]{24}) /m.exec((await driver.run(place, "sessions")).stdout) ?? [];
    for (const words of [[], ["--full"]]) {
      const { stdout } = await driver.run(place, "events", session, ...words);
      expect(stdout).toContain("[hidden]");
      expect(stdout).toContain("refunded 40");
      expect(stdout).not.toContain("4111");
    }
    const inTheLog = await driver.run(place, "events", session, "--json");
    expect(inTheLog.stdout).toContain("4111");
  });

  it("shows the public key that signs, and where there is none says so", async () => {
    const place = await cashierPlace();
    await driver.run(place, "run", "Hello", "--agent", "cashier");
    const { code, stdout } = await driver.run(place, "approvals", "--key");
    expect(code).toBe(0);
    const [, keyId, publicKey] = /^key id {6}(ed25519:[0-9a-f]{16})\npublic key {2}([\w-]{43})\n$/.exec(stdout) ?? [];
    expect(await commandJson(place, "approvals", "--key")).toEqual({ keyId, publicKey });
    const secret = await readFile(join(place.directory, ".agentkit", "approval.key"), "utf8");
    expect(stdout).not.toContain(secret.trim());
    await rm(join(place.directory, ".agentkit", "approval.key"));
    expect(await driver.run(place, "approvals", "--key")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: containing("error config_invalid: No key that signs approvals is here"),
    });
  });

  it("is where a decision on an outcome is sent that a call does not have yet", async () => {
    const place = await cashierPlace();
    const { session } = await askFor(place, "Refund 100", "cashier");
    expect(await driver.run(place, "resume", session, "--succeeded", "call_refund=yes")).toMatchObject({
      code: 3,
      stderr: matching(/^error tool_call_not_waiting: .*was not started.*approvals [0-9a-f]{24}\n$/),
    });
  });

  it.each([
    {
      words: ["approve", "--as", "eve"],
      code: 2,
      message: "error usage_invalid: missing required argument 'approval'",
    },
    { words: ["approve", "", "--as", "eve"], code: 3, message: "error approval_not_waiting: No open request" },
    { words: ["--bogus"], code: 2, message: "error usage_invalid: unknown option '--bogus'" },
    { words: ["nope"], code: 3, message: "error session_not_found: The log has no session 'nope'." },
    { words: ["--refused", "nope"], code: 3, message: "error session_not_found: The log has no session 'nope'." },
  ])("refuses $words", async ({ words, code, message }) => {
    const place = await cashierPlace();
    await driver.run(place, "run", "Hello", "--agent", "cashier");
    expect(await driver.run(place, "approvals", ...words)).toMatchObject({
      code,
      stdout: "",
      stderr: containing(message),
    });
  });

  it("refuses an approver whose name or role is none, and a log whose key is not there", async () => {
    const place = await cashierPlace({ AGENTKIT_APPROVAL_KEY: "5".repeat(64) });
    const { approval } = await askFor(place, "Refund 100", "cashier");
    for (const approver of [
      ["--as", ""],
      ["--as", "eve", "--role", ""],
    ]) {
      const refused = await driver.run(place, "approvals", "approve", approval, ...approver);
      expect(refused).toMatchObject({ code: 2, stderr: containing("error input_invalid: An approver has roles") });
    }
    expect(await driver.run({ directory: place.directory }, "approvals")).toMatchObject({
      code: 2,
      stderr: matching(/^error config_invalid: .*no key to sign one by: set AGENTKIT_APPROVAL_KEY/),
    });
  });
});

describe("agentkit routing", () => {
  it("tells from the log alone who did what and why, down through a sub-run", async () => {
    const place = await cashierPlace();
    const { approval, session: child } = await askFor(place, "Have 200 refunded", "desk");
    await driver.run(place, "approvals", "approve", approval, "--as", "bob", "--role", "clerk");
    await driver.run(place, "approvals", "approve", approval, ...manager);
    const sessions = await driver.run(place, "sessions");
    const [, session = ""] = /^(\S+) +completed +desk/m.exec(sessions.stdout) ?? [];

    const { code, stdout } = await driver.run(place, "routing", session);
    expect(code).toBe(0);
    expect(stdout.split("\n").map((line) => line.replaceAll(/[0-9a-f-]{24,}/g, "<id>").trim())).toEqual([
      "session <id>",
      "desk: completed · run <id>",
      matching(/^\d+ {2}sub-run {3}cashier: it is about money · call_ask · session$/),
      "<id>",
      "cashier: completed · run <id>",
      matching(/^\d+ {2}hidden {4}audit \(rule tool-roles\)$/),
      matching(/^\d+ {2}asked {5}refund, of manager \(policy agent:cashier@\w+\) · call_refund$/),
      matching(/^\d+ {2}approved {2}refund, by eve \(manager\) · call_refund$/),
      "refused   role_missing: bob (clerk) wanted to approve · call_refund",
      matching(/^\d+ {2}sub-run {3}completed, 2 model calls, 1 tool call, 30 tokens · call_ask · session$/),
      "<id>",
      "",
    ]);
    const json = await commandJson(place, "routing", session);
    expect(json).toMatchObject({
      session,
      runs: [
        {
          agent: "desk",
          depth: 0,
          status: "completed",
          steps: [
            {
              event: { type: "SubRunStarted", data: { agent: "cashier", reason: "it is about money" } },
              tool: "ask_cashier",
              below: { session: child, parent: { session }, runs: [{ agent: "cashier", depth: 1 }] },
            },
            { event: { type: "SubRunCompleted", data: { status: "completed", spent: { toolCalls: 1 } } } },
          ],
        },
      ],
    });
    const replay = await driver.run(place, "replay", session);
    expect(replay).toMatchObject({ code: 0 });
    expect(replay.stdout).toMatch(new RegExp(`^identical {2}${session}: .*\nidentical {2}${child}: `));
    const below = await driver.run(place, "routing", child);
    expect(below.stdout).toMatch(new RegExp(`^session ${child}, for call call_ask of session ${session}\n`));
  });

  it("shows a handoff, and what a fork shares with its parent", async () => {
    const place = await cashierPlace();
    const { session } = await askFor(place, "Hand over: Refund 300", "desk");
    const { stdout } = await driver.run(place, "routing", session);
    expect(stdout).toMatch(/^desk: suspended · run [0-9a-f]{24}$/m);
    expect(stdout).toMatch(/^ +\d+ {2}handoff {3}desk → cashier, context none: It is about money\. · call_over$/m);
    expect(stdout).toMatch(/^ +\d+ {2}asked {5}refund, of manager/m);
    const forked = await driver.run(place, "fork", session);
    const [, fork = ""] = /^forked {2}(\S+)/.exec(forked.stdout) ?? [];
    const shared = await driver.run(place, "routing", fork);
    expect(shared.stdout.split("\n").slice(1)).toEqual(stdout.split("\n").slice(1));
    expect(await driver.run(place, "replay", session)).toMatchObject({ code: 0 });
  });

  it("refuses a session that there is not, and none at all", async () => {
    const place = await cashierPlace();
    await driver.run(place, "run", "Hello", "--agent", "cashier");
    expect(await driver.run(place, "routing", "nope")).toMatchObject({
      code: 3,
      stderr: containing("session_not_found"),
    });
    expect(await driver.run(place, "routing")).toMatchObject({ code: 2 });
  });
});
