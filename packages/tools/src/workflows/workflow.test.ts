import { createHmac } from "node:crypto";
import {
  type Agent,
  type AgentKitOptions,
  type ApprovalAuthority,
  createAgentKit,
  createInMemoryEventLog,
  decodeEvent,
  defineAgent,
  defineTool,
  type EventLog,
  isFunctionCall,
  type RunResult,
  toSessionStream,
} from "@agentkit/core";
import { fixedClock, scriptedModel, sequentialIds, withAppend } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "./define-workflow.ts";
import { workflowTool } from "./workflow-tool.ts";

const authority: ApprovalAuthority = {
  keyId: "test",
  sign: (text) => createHmac("sha256", "key").update(text).digest("base64url"),
  verify: (text, signature) => createHmac("sha256", "key").update(text).digest("base64url") === signature,
};

function setUp(agents: readonly Agent[], options: Partial<AgentKitOptions> & { readonly seed?: string } = {}) {
  const { seed = "a", log = createInMemoryEventLog(), clock = fixedClock(), ...rest } = options;
  const model = scriptedModel((request) => ({ text: `told: ${JSON.stringify(request.input.at(-1)?.["content"])}` }));
  const ids = sequentialIds(seed);
  return { log, kit: createAgentKit({ log, model, agents, clock, ids, approvals: authority, ...rest }) };
}

/** A tool that notes its calls, gives its arguments back, and fails or answers as it is told. */
function noting(name: string, calls: string[], answer: (input: Record<string, unknown>) => unknown = (input) => input) {
  return defineTool({
    name,
    description: name,
    input: z.record(z.string(), z.json()),
    sideEffects: "idempotent",
    run: (input) => {
      calls.push(`${name} ${JSON.stringify(input)}`);
      return answer(input);
    },
  });
}

function fail(message: string): never {
  throw new Error(message);
}

async function readEvents(log: EventLog, session: string) {
  const events = [];
  for await (const stored of log.readStream(toSessionStream(session))) events.push(decodeEvent(stored));
  return events;
}

/** A log whose process has died: nothing more is appended. */
function diesWhen(log: EventLog, isDead: () => boolean): EventLog {
  return withAppend(log, async (stream, events, options) => {
    if (isDead()) throw new Error("The process is dead.");
    return log.append(stream, events, options);
  });
}

const callIds = ({ items }: RunResult) => items.filter(isFunctionCall).map(({ call_id: id }) => id);

const input = z.object({ order: z.string() });
const order = { input: '{"order":"17"}', session: "s" };

describe("a workflow", () => {
  it("gives each step what came before it, and puts each on record under its id", async () => {
    const calls: string[] = [];
    const workflow = defineWorkflow({
      name: "fulfil",
      input,
      steps: (steps) =>
        steps
          .tool("reserve", {
            tool: noting("reserve", calls, () => ({ place: 7 })),
            arguments: ({ input: { order: number } }) => ({ number }),
            output: z.object({ place: z.number() }),
          })
          .agent("write", { agent: "writer", request: ({ results }) => `from ${results.reserve.place + 1}` })
          .tool("ship", {
            tool: noting("ship", calls, () => "shipped"),
            arguments: ({ results }) => ({ place: results.reserve.place, note: results.write }),
          }),
      output: ({ results }) => `${results.ship} from ${results.reserve.place}`,
    });
    const world = setUp([workflow, defineAgent({ name: "writer", model: "scripted" })]);
    const result = await world.kit.run({ ...order, agent: "fulfil" });
    expect(result).toMatchObject({ outcome: "completed", text: "shipped from 7" });
    expect(callIds(result)).toEqual(["reserve", "write", "ship"]);
    expect(calls).toEqual(['reserve {"number":"17"}', 'ship {"note":"told: \\"from 8\\"","place":7}']);
    const [started] = (await readEvents(world.log, "s")).filter((event) => event.type === "SubRunStarted");
    expect(started?.data).toMatchObject({ agent: "writer", reason: "Step 'write' of workflow 'fulfil'." });
    expect(await world.kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("answers with the results of all steps where it declares no output, and a second time in the same session", async () => {
    const calls: string[] = [];
    const workflow = defineWorkflow({
      name: "echo",
      input: z.string(),
      steps: (steps) =>
        steps.tool("say", {
          tool: noting("say", calls, ({ it: said }) => said),
          arguments: (done) => ({ it: done.input }),
        }),
    });
    const { kit } = setUp([workflow]);
    expect((await kit.run({ input: "17", session: "s" })).text).toBe('{"say":"17"}');
    expect((await kit.run({ input: "18", session: "s" })).text).toBe('{"say":"18"}');
    expect(calls).toHaveLength(2);
  });

  it("does not begin with an input that does not fit", async () => {
    const workflow = defineWorkflow({
      name: "fulfil",
      input,
      steps: (steps) => steps.tool("t", { tool: noting("t", []), arguments: () => ({}) }),
    });
    const { kit } = setUp([workflow]);
    for (const text of ["no JSON", "{}"]) {
      expect(await kit.run({ input: text })).toMatchObject({ outcome: "failed", reason: { code: "input_invalid" } });
    }
  });

  it("takes a result that looks like a failure for a result", async () => {
    const output = '{"error":{"code":"e","message":"m"}}';
    const workflow = defineWorkflow({
      name: "w",
      input: z.string(),
      steps: (steps) => steps.tool("look", { tool: noting("look", [], () => output), arguments: () => ({}) }),
      output: ({ results }) => results.look,
    });
    expect(await setUp([workflow]).kit.run({ input: "" })).toMatchObject({ outcome: "completed", text: output });
  });

  it("carries steps out side by side, and others only on a condition", async () => {
    const calls: string[] = [];
    const workflow = defineWorkflow({
      name: "w",
      input: z.object({ large: z.boolean() }),
      steps: (steps) =>
        steps
          .parallel((group) =>
            group
              .tool("left", { tool: noting("left", calls, () => 1), arguments: () => ({}), output: z.number() })
              .tool("right", { tool: noting("right", calls, () => 2), arguments: () => ({}), output: z.number() }),
          )
          .when(
            ({ input: { large } }) => large,
            (branch) => branch.tool("check", { tool: noting("check", calls, () => "checked"), arguments: () => ({}) }),
          ),
      output: ({ results: { left, right, check } }) => ({ sum: left + right, check: check ?? "not checked" }),
    });
    const { kit } = setUp([workflow]);
    const small = await kit.run({ input: '{"large":false}' });
    expect(small.text).toBe('{"sum":3,"check":"not checked"}');
    expect(callIds(small)).toEqual(["left", "right"]);
    const large = await kit.run({ input: '{"large":true}' });
    expect(large.text).toBe('{"sum":3,"check":"checked"}');
    expect(callIds(large)).toEqual(["left", "right", "check"]);
  });

  it("goes on in the middle in another process", async () => {
    const calls: string[] = [];
    const broken = createInMemoryEventLog();
    let dead = false;
    const workflow = () =>
      defineWorkflow({
        name: "w",
        input: z.string(),
        steps: (steps) =>
          steps
            .tool("one", { tool: noting("one", calls, () => "1"), arguments: () => ({}) })
            .tool("two", {
              tool: noting("two", calls, () => {
                dead = true;
                return "2";
              }),
              arguments: ({ results }) => ({ after: results.one }),
            })
            .tool("three", {
              tool: noting("three", calls, () => "3"),
              arguments: ({ results }) => ({ after: results.two }),
            }),
      });
    const dying = diesWhen(broken, () => dead);
    await expect(setUp([workflow()], { log: dying }).kit.run({ input: "", session: "s" })).rejects.toThrow(/dead/);
    const second = setUp([workflow()], { log: broken, seed: "b" });
    expect(await second.kit.resume("s")).toMatchObject({
      outcome: "completed",
      text: '{"one":"1","two":"2","three":"3"}',
    });
    expect(calls).toEqual(["one {}", 'two {"after":"1"}', 'two {"after":"1"}', 'three {"after":"2"}']);
    expect(await second.kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

const workflowOf = (
  calls: string[],
  onFailure: "stop" | "continue" | "compensate",
  undo: () => unknown = () => "undone",
) =>
  defineWorkflow({
    name: "w",
    input: z.string(),
    steps: (steps) =>
      steps
        .tool("flight", {
          tool: noting("flight", calls, () => "F1"),
          arguments: () => ({}),
          compensate: {
            tool: noting("cancel", calls, undo),
            arguments: ({ results }) => ({ booked: results.flight }),
          },
        })
        .tool("hotel", {
          tool: noting("hotel", calls, () => ({ room: 4 })),
          arguments: () => ({}),
          output: z.object({ room: z.number() }),
          compensate: { tool: noting("leave", calls), arguments: ({ results }) => ({ room: results.hotel.room }) },
        })
        .tool("pay", { tool: noting("pay", calls, () => fail("no money")), arguments: () => ({}), onFailure })
        .tool("mail", { tool: noting("mail", calls), arguments: ({ results }) => ({ paid: results.pay ?? "not" }) }),
  });

describe("a step that fails", () => {
  it("has the steps before it undone, the newest first, and fails the workflow", async () => {
    const calls: string[] = [];
    const { kit } = setUp([workflowOf(calls, "compensate")]);
    const result = await kit.run({ input: "", session: "s" });
    expect(calls).toEqual(["flight {}", "hotel {}", "pay {}", 'leave {"room":4}', 'cancel {"booked":"F1"}']);
    expect(callIds(result).slice(-2)).toEqual(["undo:hotel", "undo:flight"]);
    expect(result.reason).toEqual({
      code: "workflow_step_failed",
      message: "Workflow 'w' failed. Step 'pay' failed (tool_failed): no money. Undone: hotel, flight.",
    });
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("has the others undone when one cannot be", async () => {
    const calls: string[] = [];
    const { kit } = setUp([workflowOf(calls, "compensate", () => fail("too late"))]);
    const { reason } = await kit.run({ input: "" });
    expect(reason?.message).toContain("Undone: hotel. Not undone: flight (tool_failed: too late).");
  });

  it("stops the workflow as it is, or is gone without, as it declares", async () => {
    const stopped: string[] = [];
    expect(await setUp([workflowOf(stopped, "stop")]).kit.run({ input: "" })).toMatchObject({ outcome: "failed" });
    expect(stopped).toEqual(["flight {}", "hotel {}", "pay {}"]);
    const gone: string[] = [];
    expect(await setUp([workflowOf(gone, "continue")]).kit.run({ input: "" })).toMatchObject({ outcome: "completed" });
    expect(gone.at(-1)).toBe('mail {"paid":"not"}');
  });

  it("is also one whose arguments cannot be made, or whose result does not fit", async () => {
    const workflow = defineWorkflow({
      name: "w",
      input: z.string(),
      steps: (steps) =>
        steps
          .tool("odd", {
            tool: noting("odd", [], () => "x"),
            arguments: () => ({}),
            output: z.number(),
            onFailure: "continue",
          })
          .tool("never", {
            tool: noting("never", []),
            arguments: ({ results }) => ({ text: (results.odd ?? fail("no number")).toFixed() }),
          }),
    });
    const { reason } = await setUp([workflow]).kit.run({ input: "" });
    expect(reason?.message).toContain("Step 'never' was not begun, its arguments cannot be made: Error: no number");
  });
});

const approving = (calls: string[]) =>
  defineWorkflow({
    name: "pay",
    description: "Pays an order.",
    input,
    steps: (steps) =>
      steps
        .approval("confirm", {
          ask: ({ input: { order: number } }) => ({ order: number, euros: 20 }),
          roles: ["clerk"],
        })
        .tool("charge", {
          tool: noting("charge", calls, () => "charged"),
          arguments: ({ results }) => results.confirm,
        }),
    output: ({ results }) => results.charge,
  });

/** Tools that take effect once for each key, as idempotent services do. */
const serviceOf = (effects: Map<string, string>) => (name: string) =>
  defineTool({
    name,
    description: name,
    input: z.object({}),
    sideEffects: "idempotent",
    run: (_input, { idempotencyKey }) => {
      effects.set(idempotencyKey, name);
      return name === "broken" ? fail("broken") : name;
    },
  });
const tripOf = (effects: Map<string, string>, last: string) => {
  const service = serviceOf(effects);
  return defineWorkflow({
    name: "trip",
    input: z.string(),
    steps: (steps) =>
      steps
        .tool("flight", {
          tool: service("flight"),
          arguments: () => ({}),
          compensate: { tool: service("no-flight"), arguments: () => ({}) },
        })
        .parallel((group) =>
          group
            .tool("hotel", {
              tool: service("hotel"),
              arguments: () => ({}),
              compensate: { tool: service("no-hotel"), arguments: () => ({}) },
            })
            .tool("car", { tool: service("car"), arguments: () => ({}) }),
        )
        .tool("last", { tool: service(last), arguments: () => ({}) }),
  });
};

describe("a workflow whose process is killed", () => {
  it.each([
    ["pay", "completed", ["car", "flight", "hotel", "pay"]],
    ["broken", "failed", ["broken", "car", "flight", "hotel", "no-flight", "no-hotel"]],
  ])("at any append, with %s in the end, has %s with each effect once", async (last, outcome, expected) => {
    for (let appends = 1; ; appends += 1) {
      const effects = new Map<string, string>();
      const log = createInMemoryEventLog();
      let left = appends;
      const dying = diesWhen(log, () => {
        left -= 1;
        return left < 0;
      });
      const run = setUp([tripOf(effects, last)], { log: dying }).kit.run({ input: "", session: "s" });
      const died = await run.then(
        () => false,
        () => true,
      );
      const second = setUp([tripOf(effects, last)], { log, seed: "b" });
      if (died && (await log.head(toSessionStream("s"))) === undefined) continue;
      expect(await second.kit.resume("s"), `killed after ${appends} appends`).toMatchObject({ outcome });
      expect([...effects.values()].toSorted(), `killed after ${appends} appends`).toEqual(expected);
      expect(await second.kit.replay("s")).toMatchObject({ status: "identical" });
      if (died) continue;
      expect(appends, "the run was killed at each of its appends").toBeGreaterThan(10);
      return;
    }
  });
});

describe("a workflow that waits", () => {
  it("sleeps a short time, and is suspended for a long one until it is due", async () => {
    const clock = fixedClock();
    const tomorrow = new Date(clock.now() + 86_400_000);
    const workflow = defineWorkflow({
      name: "w",
      input: z.string(),
      clock,
      steps: (steps) => steps.wait("pause", { forMs: 60_000 }).wait("tomorrow", { until: () => tomorrow }),
    });
    const log = createInMemoryEventLog();
    const { kit } = setUp([workflow], { clock, log });
    expect(await kit.run({ input: "", session: "s" })).toMatchObject({
      outcome: "suspended",
      waiting: [{ reason: "waiting" }],
    });
    clock.advance(59_000);
    expect(await kit.recover()).toMatchObject([{ status: "suspended" }]);
    clock.advance(1_000);
    const later = setUp([workflow], { clock, log, seed: "b" });
    expect(await later.kit.recover()).toMatchObject([{ session: "s", status: "suspended" }]);
    clock.advance(86_400_000);
    expect(await later.kit.recover()).toMatchObject([
      { session: "s", status: "resumed", result: { outcome: "completed" } },
    ]);
    expect(await later.kit.replay("s")).toMatchObject({ status: "identical" });
  });

  const clerk = { user: "eve", roles: ["clerk"] };

  it("asks a person and goes on with what was approved", async () => {
    const calls: string[] = [];
    const { kit } = setUp([approving(calls)]);
    expect(await kit.run(order)).toMatchObject({ outcome: "suspended", waiting: [{ tool: "approve_confirm" }] });
    const [request] = await kit.approvals("s");
    const decided = {
      ticket: request?.ticket ?? "",
      outcome: "approve",
      arguments: '{"order":"17","euros":15}',
      approver: clerk,
    } as const;
    expect(await kit.decide(decided)).toMatchObject({ outcome: "completed", text: "charged" });
    expect(calls).toEqual(['charge {"euros":15,"order":"17"}']);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("is over when a person says no", async () => {
    const calls: string[] = [];
    const { kit } = setUp([approving(calls)]);
    await kit.run(order);
    const [request] = await kit.approvals("s");
    const denied = { ticket: request?.ticket ?? "", outcome: "deny", reason: "too dear", approver: clerk } as const;
    expect((await kit.decide(denied)).reason?.message).toMatch(/Step 'confirm' failed \(approval_denied\): .*too dear/);
    expect(calls).toEqual([]);
  });

  it("makes the agent wait that runs it as a tool", async () => {
    const calls: string[] = [];
    const workflow = approving(calls);
    const model = scriptedModel([
      { calls: [{ name: "ask_pay", arguments: { order: "17" } }] },
      { text: "It is paid." },
    ]);
    const clerkAgent = defineAgent({ name: "clerk", model: "scripted", tools: [workflowTool(workflow)] });
    const { kit } = setUp([clerkAgent, workflow], { model });
    expect(await kit.run({ input: "Pay 17", agent: "clerk", session: "s" })).toMatchObject({ outcome: "suspended" });
    const [request] = await kit.approvals("s");
    await kit.decide({ ticket: request?.ticket ?? "", outcome: "approve", approver: clerk });
    expect((await kit.load("s")).turns.last()?.status).toBe("completed");
    expect(JSON.stringify(model.requests.at(1))).toContain("charged");
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

describe("a workflow that cannot be defined", () => {
  const tool = noting("t", []);
  const call = { tool, arguments: () => ({}) };

  it.each([
    ["no steps", (steps: Parameters<Parameters<typeof define>[0]>[0]) => steps],
    [
      "two steps of one id",
      (steps: Parameters<Parameters<typeof define>[0]>[0]) => steps.tool("a", call).tool("a", call),
    ],
    ["a wait that is none", (steps: Parameters<Parameters<typeof define>[0]>[0]) => steps.wait("a", { forMs: 0 })],
    ["an id with a space", (steps: Parameters<Parameters<typeof define>[0]>[0]) => steps.tool("a b", call)],
    [
      "two tools of one name",
      (steps: Parameters<Parameters<typeof define>[0]>[0]) =>
        steps.tool("a", call).tool("b", { ...call, tool: noting("t", []) }),
    ],
  ])("with %s is refused", (_title, steps) => {
    expect(() => define(steps)).toThrow(/cannot be defined/);
  });

  it("says by its version that a step was changed", () => {
    const one = define((steps) => steps.tool("a", call));
    expect(define((steps) => steps.tool("a", { ...call, onFailure: "continue" })).version).not.toBe(one.version);
    expect(define((steps) => steps.tool("a", call)).version).toBe(one.version);
  });
});

function define(steps: Parameters<typeof defineWorkflow<z.ZodString, object>>[0]["steps"]) {
  return defineWorkflow({ name: "w", input: z.string(), steps });
}
