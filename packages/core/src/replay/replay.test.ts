import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent, AgentDefinition } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { StoredEvent } from "../events/envelope.ts";
import { checkSession, editLog, faultyLog, testKit, unreachableModel } from "../kit/session-harness.test.support.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { initialState } from "../session/session-state.ts";
import type { SessionState } from "../session/session-state.ts";
import { allTurns, recentTurns } from "../session/context-window.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import type { Divergence } from "./replay-report.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  sideEffects: "none",
  run: ({ a, b }) => a + b,
});

const base = {
  name: "assistant",
  model: "scripted",
  instructions: "Be kind.",
  tools: [add],
  settings: { temperature: 1 },
} satisfies AgentDefinition;

/** A session of two turns, the first with a tool call. */
async function record(): Promise<EventLog> {
  const log = createInMemoryEventLog();
  const script = [
    { calls: [{ name: "add", arguments: { a: 1, b: 2 }, id: "c1" }] },
    { text: "It is 3." },
    { text: "You are welcome." },
  ];
  const kit = testKit({ log, model: scriptedModel(script), agents: [defineAgent(base)] });
  await kit.run({ input: "What is 1 + 2?", session: "s" });
  await kit.run({ input: "Thanks.", session: "s" });
  await checkSession(kit, { log, agents: [defineAgent(base)] }, "s");
  return log;
}

const theirs = { type: "function", name: "theirs", description: null, parameters: null, strict: null } as const;

async function replayWith(log: EventLog, agent: Agent): Promise<Divergence | undefined> {
  const report = await testKit({ log, model: unreachableModel, agents: [agent] }, "r").replay("s");
  expect(report.status).toBe(report.divergence === undefined ? "identical" : "diverged");
  return report.divergence;
}

async function replayEdited(edit: (event: StoredEvent) => StoredEvent | undefined): Promise<Divergence | undefined> {
  const edited = createInMemoryEventLog();
  await editLog(await record(), edited, edit);
  return replayWith(edited, defineAgent(base));
}

describe("replay", () => {
  it("is identical while neither code nor log has changed, and counts what it walked through", async () => {
    const log = await record();
    const report = await testKit({ log, model: unreachableModel, agents: [defineAgent(base)] }, "r").replay("s");
    expect(report).toEqual({
      session: "s",
      status: "identical",
      events: 19,
      decisions: 10,
      runs: 2,
      modelCalls: 3,
      children: [],
    });
  });

  it("needs the agent that made the record", async () => {
    const log = await record();
    const other = testKit({ log, model: unreachableModel, agents: [defineAgent({ ...base, name: "other" })] });
    await expect(other.replay("s")).rejects.toMatchObject({ code: "agent_not_found" });
  });

  const changedTool = { ...add, description: "Subtracts." };
  it.each<[string, Agent, Partial<Divergence>]>([
    [
      "the instructions",
      defineAgent({ ...base, instructions: "Be curt." }),
      { path: "instructions", recorded: "Be kind.", replayed: "Be curt.", recordedType: "ModelCallStarted" },
    ],
    [
      "a tool's description",
      defineAgent({ ...base, tools: [changedTool] }),
      { path: "tools[0].description", recorded: "Adds two numbers.", replayed: "Subtracts." },
    ],
    [
      "the settings",
      defineAgent({ ...base, settings: { temperature: 0 } }),
      { path: "settings.temperature", recorded: 1, replayed: 0 },
    ],
    [
      "a setting that is new",
      defineAgent({ ...base, settings: { temperature: 1, top_p: 0.5 } }),
      { path: "settings.top_p", recorded: undefined, replayed: 0.5 },
    ],
    [
      "the model",
      defineAgent({ ...base, model: "larger" }),
      { path: "model", recorded: "scripted", replayed: "larger" },
    ],
    [
      "the window",
      defineAgent({ ...base, window: allTurns() }),
      { path: "window", recorded: "recent-turns(24,16000)", replayed: "all-turns", recordedType: "ContextAssembled" },
    ],
    [
      "what the window lets in",
      { ...defineAgent(base), window: { ...recentTurns({ maxTurns: 0 }), name: recentTurns().name } },
      { path: "from", recordedType: "ContextAssembled" },
    ],
    [
      "a limit",
      defineAgent({ ...base, limits: { modelCalls: 1 } }),
      { path: "", recordedType: "ContextAssembled", replayedType: "RunFailed" },
    ],
    [
      "what a tool declares",
      defineAgent({ ...base, tools: [{ ...add, onUnknownOutcome: "ask" }] }),
      { path: "onUnknownOutcome", recorded: "retry", replayed: "ask", recordedType: "ToolCallRequested" },
    ],
    [
      "what a tool accepts",
      defineAgent({ ...base, tools: [{ ...add, parse: () => ({ ok: false, message: "No." }) }] }),
      { path: "", recordedType: "ToolCallStarted", replayedType: "ToolCallDenied" },
    ],
  ])("tells that the code changed: %s", async (_name, agent, divergence) => {
    expect(await replayWith(await record(), agent)).toMatchObject({ kind: "code", ...divergence });
  });

  it("stops at the first divergence", async () => {
    const agent = defineAgent({ ...base, instructions: "Be curt." });
    expect(await replayWith(await record(), agent)).toMatchObject({ revision: 4 });
  });

  it.each<[string, string, string]>([
    ["an answer", '"It is 3."', '"It is 4."'],
    ["a prompt", '"What is 1 + 2?"', '"What is 1 + 3?"'],
    ["a tool's output", '"output":"3"', '"output":"4"'],
  ])("tells that the log was changed: %s", async (_name, before, after) => {
    const divergence = await replayEdited((event) => {
      const data: unknown = JSON.parse(JSON.stringify(event.data).replace(before, after));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the data, with one character changed
      return { ...event, data: data as StoredEvent["data"] };
    });
    expect(divergence).toMatchObject({ kind: "log", path: "requestHash", recordedType: "ModelCallStarted" });
  });

  it("tells that the log was changed: what was recorded under a hash", async () => {
    const change = replayEdited((event) =>
      event.type === "ContentRecorded" && event.data["content"] === "Be kind."
        ? { ...event, data: { ...event.data, content: "Be cruel." } }
        : event,
    );
    await expect(change).rejects.toMatchObject({ code: "log_corrupt" });
  });

  it("tells that the log was changed: what a hash names is gone", async () => {
    const change = replayEdited((event) => (event.type === "ContentRecorded" ? undefined : event));
    await expect(change).rejects.toMatchObject({ code: "content_not_found" });
  });

  it.each([
    ["ModelCallCompleted", { recordedType: "ToolCallRequested" }],
    ["ToolCallRequested", { recordedType: "ToolCallStarted", replayedType: "ToolCallRequested" }],
    ["ToolCallStarted", { recordedType: "ContextAssembled" }],
    ["ToolCallSucceeded", { recordedType: "ContextAssembled" }],
    ["ContextAssembled", { recordedType: "ModelCallStarted", replayedType: "ContextAssembled" }],
    ["RunCompleted", { recordedType: "ContextAssembled" }],
  ])("meets the gap where a %s was cut out of the log", async (type, divergence) => {
    let cut = false;
    const found = await replayEdited((event) => {
      if (event.type !== type || cut) return event;
      cut = true;
      return undefined;
    });
    expect(found).toMatchObject(divergence);
  });

  it("refuses a stream with a hole", async () => {
    const log = await record();
    const holed: EventLog = {
      ...faultyLog(
        log,
        () => "none",
        () => new Error("never"),
      ),
      async *readStream(stream, options) {
        for await (const event of log.readStream(stream, options)) if (event.revision !== 3) yield event;
      },
    };
    await expect(replayWith(holed, defineAgent(base))).rejects.toMatchObject({ code: "log_corrupt" });
  });

  it("refuses data that does not fit its type", async () => {
    const change = replayEdited((event) =>
      event.type === "RunCompleted" ? { ...event, data: { outcome: "splendid" } } : event,
    );
    await expect(change).rejects.toMatchObject({ code: "event_invalid" });
  });
});

describe("any session", () => {
  const work = defineTool({
    name: "work",
    description: "Works.",
    input: z.object({ n: z.number() }),
    sideEffects: "idempotent",
    run: ({ n }) => {
      if (n % 3 === 0) throw new Error("no work");
      return "x".repeat(n);
    },
  });

  const answer: fc.Arbitrary<ScriptedAnswer> = fc.oneof(
    fc.record({ text: fc.string() }),
    fc.record({ text: fc.string(), incomplete: fc.constant("max_output_tokens") }),
    fc.record({
      calls: fc.array(
        fc.record({
          name: fc.constantFrom("work", "work", "theirs", "nobody"),
          arguments: fc.oneof(fc.record({ n: fc.nat(20) }), fc.constant("{")),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    fc.record({ error: fc.constant("model_overloaded" as const), retryable: fc.boolean() }),
    fc.record({ error: fc.constant("model_request_rejected" as const) }),
  );
  const step = fc.record({
    /** The append at which the process dies, and whether that one is still carried out; or it lives. */
    at: fc.integer({ min: 1, max: 6 }),
    how: fc.constantFrom("before", "after", "none"),
    /** Where the session is forked before, if it is; and whether a run that the fork inherits is left for another prompt. */
    forkAt: fc.option(fc.nat(40), { freq: 3 }),
    promptAnew: fc.boolean(),
  });

  it("replays identically and folds to the state its kit has, whatever happens to it", async () => {
    const histories = fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 12 }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(
        allTurns(),
        recentTurns({ maxTurns: 0 }),
        recentTurns({ maxTurns: 1 }),
        recentTurns({ maxTokens: 40 }),
      ),
      async (script, steps, window) => {
        const log = createInMemoryEventLog();
        const limits = { retryDelayMs: 0, modelCalls: 4 };
        const agents = [defineAgent({ name: "worker", model: "scripted", tools: [work], limits, window })];
        const model = scriptedModel((_request, index) => script[index % script.length] ?? { text: "" });
        const kit = testKit({ log, model, agents }, "b");
        const sessions = ["s"];
        for (const [index, { at, how, forkAt, promptAnew }] of steps.entries()) {
          const session = await forkAfter(kit, log, { session: sessions.at(-1) ?? "s", at: forkAt });
          if (!sessions.includes(session)) sessions.push(session);
          const crashing = faultyLog(
            log,
            (number) => (number === at ? how : number > at && how !== "none" ? "before" : "none"),
            gone,
          );
          await turn(testKit({ log: crashing, model, agents }, `a${index}`), { session, index, promptAnew });
        }
        for (const session of sessions) {
          await turn(kit, { session, index: 99, promptAnew: false });
          await checkSession(kit, { log, agents }, session);
        }
        for (const request of model.requests) expect(unpaired(request.input)).toEqual([]);
      },
    );
    await fc.assert(histories, { numRuns: 150, seed: 7 });
  });
});

function gone(): AgentKitError {
  return new AgentKitError("log_closed", "The process is gone.");
}

/** Forks a session that there is, at one of its revisions; the session itself when it is not to be forked. */
async function forkAfter(
  kit: AgentKit,
  log: EventLog,
  { session, at }: { readonly session: string; readonly at: number | null },
): Promise<string> {
  const head = await log.head(`session-${session}`);
  if (at === null || head === undefined) return session;
  return (await kit.fork(session, { at: at % (head + 1) })).session;
}

interface Turn {
  readonly session: string;
  readonly index: number;
  readonly promptAnew: boolean;
}

/** Does what is next in a session, as far as the log lets it. */
async function turn(kit: AgentKit, next: Turn): Promise<void> {
  const [loaded] = await Promise.allSettled([kit.load(next.session)]);
  const state = loaded.status === "fulfilled" ? loaded.value : initialState(next.session);
  const [result] = await Promise.allSettled([drive(kit, state, next)]);
  const code = result.status === "rejected" && AgentKitError.is(result.reason) ? result.reason.code : "log_closed";
  expect(code).toBe("log_closed");
}

/** Resumes what broke off, decides what waits, answers the caller's functions, or says something. */
async function drive(kit: AgentKit, state: SessionState, { session, index, promptAnew }: Turn): Promise<void> {
  const { active } = state;
  const inherited = active !== undefined && active.turn.to < state.base;
  if (active === undefined || (inherited && promptAnew)) {
    const outputs = [...state.pendingClientCalls].map((callId) => {
      return { type: "function_call_output", call_id: callId, output: "done" };
    });
    const message = { type: "message", role: "user", content: `Message ${index}` };
    await kit.run({ session, input: [...outputs, message], tools: [theirs] });
    return;
  }
  const unknown = [...active.calls.values()].filter((call) => call.status === "unknown");
  const decisions = unknown.map(({ callId }) => ({ callId, outcome: "retry" as const }));
  await kit.resume(session, active.turn.status === "suspended" ? { decisions } : {});
}

/** The calls and outputs of an input that lack the other half before the next message. */
function unpaired(input: readonly { readonly type: string; readonly call_id?: unknown }[]): readonly unknown[] {
  const open = new Set<unknown>();
  const lone: unknown[] = [];
  for (const item of input) {
    if (item.type === "function_call") open.add(item.call_id);
    if (item.type === "function_call_output" && !open.delete(item.call_id)) lone.push(item);
  }
  return [...lone, ...open];
}
