import {
  type Agent,
  AgentKitError,
  createAgentKit,
  createInMemoryEventLog,
  decodeEvent,
  defineAgent,
  defineTool,
  type EventLog,
  type ToolSuspension,
  toSessionStream,
} from "@agentkit/core";
import { fixedClock, scriptedModel, type ScriptedAnswer, sequentialIds, toolContext } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { agentTool } from "./agent-tool.ts";
import { panelTool } from "./panel-tool.ts";

/** A kit whose agents answer by their instructions: what a function of them and of the last item's text says. */
function setUp(agents: readonly Agent[], answer: (agent: string, asked: string) => ScriptedAnswer) {
  const log = createInMemoryEventLog();
  const model = scriptedModel(({ instructions = "", input }) => answer(instructions, JSON.stringify(input.at(-1))));
  return { log, model, kit: createAgentKit({ log, model, agents, clock: fixedClock(), ids: sequentialIds("a") }) };
}

const named = (name: string, tools: Agent["tools"] = []) =>
  defineAgent({ name, model: "scripted", instructions: name, tools });

async function readEvents(log: EventLog, session: string) {
  const events = [];
  for await (const stored of log.readStream(toSessionStream(session))) events.push(decodeEvent(stored));
  return events;
}

const go = { input: "Go", agent: "boss", session: "s" };

function outputOf(item: string): string {
  return z.object({ output: z.string() }).parse(JSON.parse(item)).output;
}

/** A boss that calls the tool once and says what it got, and the helper behind the tool. */
function boss(tool: Agent["tools"][number], args: unknown, helper: ScriptedAnswer) {
  return setUp([named("boss", [tool]), named("helper")], (agent, asked) => {
    if (agent === "helper") return helper;
    if (asked.includes("function_call_output")) return { text: outputOf(asked) };
    return { calls: [{ name: tool.name, arguments: args }] };
  });
}

describe("an agent as a tool", () => {
  it("asks in a session of its own, and records why", async () => {
    const tool = agentTool({ agent: "helper", description: "Helps." });
    const world = boss(tool, { request: "Sum up.", reason: "It can count." }, { text: "It is 4." });
    expect((await world.kit.run(go)).text).toContain("It is 4.");
    expect(world.model.requests.at(1)?.input).toMatchObject([{ content: "Sum up." }]);
    const started = (await readEvents(world.log, "s")).find(({ type }) => type === "SubRunStarted");
    expect(started?.data).toMatchObject({ agent: "helper", reason: "It can count." });
    expect(await world.kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("gives typed arguments on and a typed answer back", async () => {
    const tool = agentTool({
      agent: "helper",
      name: "add",
      description: "Adds.",
      input: z.object({ a: z.number(), b: z.number() }),
      prompt: ({ a, b }) => `${a} + ${b}`,
      output: z.object({ sum: z.number() }),
    });
    const world = boss(tool, { a: 1, b: 2 }, { text: ' { "sum": 3 } ' });
    expect((await world.kit.run(go)).text).toContain('{"sum":3}');
    expect(world.model.requests.at(1)?.input).toMatchObject([{ content: "1 + 2" }]);
    const odd = boss(tool, { a: 1, b: 2 }, { text: "three" });
    expect((await odd.kit.run(go)).text).toContain("tool_result_invalid");
  });

  it("fails with the code of a sub-run that failed, and is safe to take up again", async () => {
    const tool = agentTool({ agent: "helper", description: "Helps." });
    const call = { request: "Help", reason: "It can." };
    const world = boss(tool, call, { error: "model_quota_exceeded" });
    expect((await world.kit.run(go)).text).toContain("model_quota_exceeded");
    const short = boss(tool, call, { text: "It is", incomplete: "max_output_tokens" });
    expect((await short.kit.run(go)).text).toContain("sub_run_failed");
    expect(tool).toMatchObject({ sideEffects: "idempotent", onUnknownOutcome: "retry", timeoutMs: 3_600_000 });
  });
});

const input = z.object({ text: z.string() });
const members = { law: "lawyer", style: "editor" } as const;

/** A boss that calls the panel once and says what it got, and the panel's agents. */
function asPanel(tool: Agent["tools"][number], answers: Readonly<Record<string, ScriptedAnswer>>) {
  return setUp([named("boss", [tool]), named("lawyer"), named("editor"), named("judge")], (agent, asked) => {
    if (agent !== "boss") return answers[agent] ?? { text: `${agent} heard ${asked}` };
    if (asked.includes("function_call_output")) return { text: outputOf(asked) };
    return { calls: [{ name: "review", arguments: { text: "Hello" } }] };
  });
}

describe("a panel", () => {
  const review = panelTool({
    name: "review",
    description: "Reviews a text.",
    input,
    agents: members,
    prompt: ({ text }, key) => `${key}: ${text}`,
    merge: ({ law, style }) =>
      [law, style].map((opinion) => (opinion.status === "completed" ? opinion.text : opinion.code)),
  });
  it("asks its agents side by side and merges what they say, failures among it", async () => {
    const world = asPanel(review, { lawyer: { text: "lawful" }, editor: { error: "model_quota_exceeded" } });
    expect((await world.kit.run(go)).text).toContain('["lawful","model_quota_exceeded"]');
    const events = await readEvents(world.log, "s");
    const started = events.flatMap((event) => (event.type === "SubRunStarted" ? [event.data] : []));
    expect(started).toMatchObject([
      { agent: "lawyer", reason: "Panel member 'law'." },
      { agent: "editor", reason: "Panel member 'style'." },
    ]);
    expect(new Set(started.map(({ session }) => session)).size).toBe(2);
    expect(await world.kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("lets an agent merge, unless nobody has an opinion", async () => {
    const judged = panelTool({
      name: "review",
      description: "Reviews.",
      input,
      agents: members,
      merge: { agent: "judge" },
    });
    const world = asPanel(judged, { lawyer: { text: "lawful" }, editor: { error: "model_quota_exceeded" } });
    const { text } = await world.kit.run(go);
    expect(text).toContain("judge heard");
    expect(text).toContain("model_quota_exceeded");
    const silent = asPanel(judged, { lawyer: { error: "model_timeout" }, editor: { error: "model_timeout" } });
    expect((await silent.kit.run(go)).text).toContain("sub_run_failed");
    expect(silent.model.requests.some(({ instructions }) => instructions === "judge")).toBe(false);
  });

  it("waits while one of its agents waits, and does not ask the others again", async () => {
    let allowed = false;
    const wait: ToolSuspension = { type: "suspended", waitsFor: { type: "time", until: "2026-01-01T00:00:00.000Z" } };
    const gate = defineTool({
      name: "gate",
      description: "Opens.",
      input: z.object({}),
      sideEffects: "none",
      run: () => (allowed ? "open" : wait),
    });
    const asked: string[] = [];
    const agents = [named("boss", [review]), named("lawyer", [gate]), named("editor")];
    const world = setUp(agents, (agent, last) => {
      asked.push(agent);
      const answered = last.includes("function_call_output");
      if (agent === "boss")
        return answered ? { text: outputOf(last) } : { calls: [{ name: "review", arguments: { text: "Hello" } }] };
      return agent === "lawyer" && !answered
        ? { calls: [{ name: "gate", arguments: {} }] }
        : { text: `${agent} agrees` };
    });
    expect(await world.kit.run(go)).toMatchObject({ outcome: "suspended" });
    allowed = true;
    expect(await world.kit.resume("s")).toMatchObject({ outcome: "completed" });
    expect((await world.kit.load("s")).turns.last()?.items.last()).toMatchObject({ role: "assistant" });
    expect(asked.filter((agent) => agent === "editor")).toHaveLength(1);
    expect(asked.filter((agent) => agent === "lawyer")).toHaveLength(2);
  });

  it("cancels all its agents with the run", async () => {
    const stop = new AbortController();
    const stalled = new Set<string>();
    const world = setUp([named("boss", [review]), named("lawyer"), named("editor")], (agent) => {
      if (agent === "boss") return { calls: [{ name: "review", arguments: { text: "Hello" } }] };
      stalled.add(agent);
      if (stalled.size === 2) stop.abort();
      return { stall: true };
    });
    expect(await world.kit.run({ ...go, signal: stop.signal })).toMatchObject({ outcome: "cancelled" });
    const started = (await readEvents(world.log, "s")).filter((event) => event.type === "SubRunStarted");
    const states = await Promise.all(started.map(({ data }) => world.kit.load(data.session)));
    expect(states.map((state) => state.turns.last()?.status)).toEqual(["cancelled", "cancelled"]);
  });

  it("takes a fault that may pass for no opinion", async () => {
    const busy = new AgentKitError("session_busy", "Busy.", { retryable: true });
    const context = toolContext({ runAgent: async () => Promise.reject(busy) });
    await expect(review.execute({ text: "Hello" }, context)).rejects.toBe(busy);
  });

  it("needs agents", () => {
    expect(() => panelTool({ name: "p", description: "", input, agents: {}, merge: () => "" })).toThrow(/no agents/);
  });
});
