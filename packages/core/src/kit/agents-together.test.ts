import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AccessPolicy } from "../access/access-policy.ts";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { defineHandoff } from "../agent/handoff.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import type { AgentKitOptions } from "./create-agent-kit.ts";
import { checkSession, readEvents, readTypes, testKit } from "./session-harness.test.support.ts";

function setUp(agents: readonly Agent[], script: readonly ScriptedAnswer[], options: Partial<AgentKitOptions> = {}) {
  const log = createInMemoryEventLog();
  const model = scriptedModel(script);
  return { log, model, agents, kit: testKit({ log, model, agents, ...options }) };
}

const ask = defineTool({
  name: "ask_specialist",
  description: "Asks the specialist.",
  input: z.object({ question: z.string() }),
  sideEffects: "idempotent",
  run: async ({ question }, { runAgent }) => {
    const answer = await runAgent({ agent: "specialist", input: question, reason: "it knows" });
    return answer.type === "finished" ? answer.text : answer;
  },
});
const specialist = defineAgent({ name: "specialist", model: "scripted" });

describe("an agent that a tool runs", () => {
  it("has a session of its own that is linked to the call", async () => {
    const coordinator = defineAgent({ name: "coordinator", model: "scripted", tools: [ask] });
    const world = setUp(
      [coordinator, specialist],
      [
        { calls: [{ name: "ask_specialist", arguments: { question: "Why?" } }] },
        { text: "Because." },
        { text: "It says: because." },
      ],
    );
    const result = await world.kit.run({
      input: "Ask",
      session: "s",
      agent: "coordinator",
      principal: { user: "ada", roles: ["r"] },
    });
    expect(result.text).toBe("It says: because.");
    const started = (await readEvents(world.log, "s")).find((event) => event.type === "SubRunStarted");
    const child = started?.data.session ?? "";
    expect(await readTypes(world.log, "s")).toContain("SubRunCompleted");
    const state = await world.kit.load(child);
    expect(state.parent).toMatchObject({ session: "s", run: result.run });
    const [first] = (await readEvents(world.log, child)).filter((event) => event.type === "RunStarted");
    expect(first?.data.request).toMatchObject({ principal: { user: "ada", roles: ["r"] }, depth: 1 });
    await checkSession(world.kit, world, "s");
    await checkSession(world.kit, world, child);
  });

  it("is not run deeper than the limit", async () => {
    const deep = defineAgent({ name: "specialist", model: "scripted", tools: [ask], limits: { depth: 1 } });
    const world = setUp(
      [deep],
      [
        { calls: [{ name: "ask_specialist", arguments: { question: "1" } }] },
        { calls: [{ name: "ask_specialist", arguments: { question: "2" } }] },
        { text: "too deep" },
        { text: "done" },
      ],
    );
    expect((await world.kit.run({ input: "Go" })).text).toBe("done");
    expect(JSON.stringify(world.model.requests.at(2))).toContain("run_depth_limit_exceeded");
  });
});

describe("a handoff", () => {
  const billing = defineAgent({ name: "billing", model: "scripted", instructions: "You are billing." });
  const summary = defineHandoff({
    to: "billing",
    description: "Money.",
    context: "summary",
    input: z.object({ order: z.string() }),
  });
  const coordinator = defineAgent({
    name: "coordinator",
    model: "scripted",
    instructions: "You route.",
    handoffs: [summary],
  });
  const transfer = {
    name: "transfer_to_billing",
    arguments: { reason: "It is about money.", summary: "A refund is wanted.", input: { order: "A1" } },
  };

  it("gives the run to another agent with what is passed on, and nothing else", async () => {
    const world = setUp(
      [coordinator, billing],
      [{ text: "Earlier." }, { calls: [transfer] }, { text: "Refunded." }, { text: "Again." }],
    );
    await world.kit.run({ input: "Hello", session: "s", agent: "coordinator" });
    const result = await world.kit.run({ input: "Refund", session: "s", agent: "coordinator" });
    expect(result).toMatchObject({ outcome: "completed", text: "Refunded." });
    const request = JSON.stringify(world.model.requests.at(2));
    expect(request).toContain("You are billing.");
    expect(request).toContain("A refund is wanted.");
    expect(request).toContain("A1");
    expect(request).not.toContain("Earlier.");
    const decided = (await readEvents(world.log, "s")).find((event) => event.type === "HandoffDecided");
    expect(decided?.data).toMatchObject({ from: "coordinator", to: "billing", reason: "It is about money." });
    await checkSession(world.kit, world, "s");
    await world.kit.run({ input: "And now?", session: "s" });
    expect(JSON.stringify(world.model.requests.at(3))).toContain("You are billing.");
  });

  it("can be forked at", async () => {
    const world = setUp(
      [coordinator, billing],
      [{ calls: [transfer] }, { text: "Refunded." }, { text: "No handoff." }],
    );
    await world.kit.run({ input: "Refund", session: "s", agent: "coordinator" });
    const events = await readEvents(world.log, "s");
    const at = events.findIndex((event) => event.type === "ModelCallStarted") - 2;
    await world.kit.fork("s", { at, session: "f", instructions: "Answer yourself." });
    expect(await world.kit.resume("f")).toMatchObject({ text: "No handoff." });
    await checkSession(world.kit, world, "f");
  });

  it("to an agent that the kit does not have is refused at the start", () => {
    expect(() => setUp([coordinator], [])).toThrow(/hands off to 'billing'/);
  });
});

describe("a forced tool choice", () => {
  it("holds for the run's first answer", async () => {
    const add = defineTool({
      name: "add",
      description: "Adds.",
      input: z.object({}),
      sideEffects: "none",
      run: () => 3,
    });
    const agent = defineAgent({
      name: "a",
      model: "scripted",
      tools: [add],
      settings: { tool_choice: "required", temperature: 0 },
    });
    const world = setUp([agent], [{ calls: [{ name: "add", arguments: {} }] }, { text: "3" }]);
    await world.kit.run({ input: "Add", session: "s" });
    expect(world.model.requests.map(({ settings }) => settings)).toEqual([
      { tool_choice: "required", temperature: 0 },
      { temperature: 0 },
    ]);
    await checkSession(world.kit, world, "s");
  });
});

describe("an access policy", () => {
  const started: string[] = [];
  const tool = (name: string, tag: string) =>
    defineTool({
      name,
      description: name,
      input: z.object({}),
      sideEffects: "none",
      tags: [tag],
      run: () => void started.push(name),
    });
  const agent = defineAgent({ name: "a", model: "scripted", tools: [tool("look", "user"), tool("wipe", "admin")] });
  const access: AccessPolicy = {
    id: "p",
    version: "1",
    hash: `sha256:${"0".repeat(64)}`,
    decide: ({ principal, tool: { tags } }) =>
      tags.includes("admin") && !principal.roles.includes("admin")
        ? { effect: "deny", rule: "admins-only" }
        : { effect: "allow", rule: "everybody" },
  };

  it("keeps a tool from the model's sight and from being called, and puts each decision on record", async () => {
    const script = [
      {
        calls: [
          { name: "wipe", arguments: {} },
          { name: "look", arguments: {} },
        ],
      },
      { text: "Done." },
    ];
    const world = setUp([agent], script, { access });
    await world.kit.run({ input: "Wipe", session: "s" });
    expect(started).toEqual(["look"]);
    expect(world.model.requests[0]?.tools?.map(({ name }) => name)).toEqual(["look"]);
    const decided = (await readEvents(world.log, "s")).filter((event) => event.type === "AccessDecided");
    expect(
      decided.map(({ data }) => [
        data.callId !== undefined,
        data.decisions.map(({ effect, rule }) => `${effect} ${rule}`),
      ]),
    ).toEqual([
      [false, ["allow everybody", "deny admins-only"]],
      [true, ["deny admins-only"]],
      [true, ["allow everybody"]],
    ]);
  });
});

describe("a limit of handoffs", () => {
  it("has each further one refused, and says so when the run ends of them", async () => {
    const pass = { name: "transfer_to_other", arguments: { reason: "Not mine." } };
    const handoffs = [defineHandoff({ to: "other", description: "Somebody else.", context: "all" })];
    const limits = { handoffs: 0, invalidCalls: 1 };
    const agent = defineAgent({ name: "a", model: "scripted", handoffs, limits });
    const other = defineAgent({ name: "other", model: "scripted" });
    const world = setUp([agent, other], [{ calls: [pass] }, { calls: [pass] }, { text: "Never said." }]);
    const result = await world.kit.run({ input: "Go", session: "s", agent: "a" });
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "run_invalid_call_limit_exceeded" } });
    expect(result.reason?.message).toContain("a handoff too many");
    await checkSession(world.kit, world, "s");
  });
});

describe("a limit of cost", () => {
  const look = defineTool({
    name: "look",
    description: "Looks.",
    input: z.object({}),
    sideEffects: "none",
    run: () => 1,
  });
  const agent = defineAgent({ name: "a", model: "priced", tools: [look], limits: { costMicroUsd: 200 } });
  const again: ScriptedAnswer = { calls: [{ name: "look", arguments: {} }] };

  it.each([
    ["holds by the price of the model that was asked for", { priced: { input: 3, output: 10 } }, 3],
    ["ends a run whose model has no price", {}, 1],
  ] as const)("%s", async (_title, list, answers) => {
    const prices = (model: string) => new Map(Object.entries(list)).get(model);
    const world = setUp([agent], [again, again, again, again], { prices });
    const result = await world.kit.run({ input: "Look", session: "s" });
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "run_cost_limit_exceeded" } });
    expect(world.model.requests).toHaveLength(answers);
    await checkSession(world.kit, world, "s");
  });
});
