import {
  type Agent,
  type AgentKit,
  defineAgent,
  defineHandoff,
  defineTool,
  type Model,
  type Tool,
} from "@agentkit/core";
import { scriptedModel, type ScriptedAnswer } from "@agentkit/core/testing";
import { z } from "zod";
import type { Planter } from "./planter.ts";

/** Agents, tools and a model that spill whatever they can wherever they can. */
export interface LeakyOffice {
  readonly agents: readonly Agent[];
  readonly model: Model;
  /** What the model says next. */
  readonly script: ScriptedAnswer[];
}

const anything = z.looseObject({});

const tool = { input: anything, sideEffects: "none" } as const;

/** Makes the office. */
export function openLeakyOffice(plant: Planter): LeakyOffice {
  const script: ScriptedAnswer[] = [];
  const model = scriptedModel(() => script.shift() ?? { text: "There is nothing more to say." });
  const reading = readingTools(plant);
  const handoffs = [defineHandoff({ to: "helper", description: "Helps.", context: "summary", input: anything })];
  const desk = { name: "desk", model: "scripted", limits: { retryDelayMs: 0 } };
  const tools = [...reading, ...actingTools(plant)];
  return {
    script,
    model,
    agents: [
      defineAgent({ ...desk, instructions: `Be kind. ${plant.next()}`, tools, handoffs }),
      defineAgent({ ...desk, name: "helper", tools: reading, instructions: plant.next() }),
    ],
  };
}

function readingTools(plant: Planter): readonly Tool[] {
  const lookUp = defineTool({
    ...tool,
    name: "look_up",
    description: `Looks up, with ${plant.next()}`,
    run: () => ({ found: plant.next(), [plant.next()]: [plant.next()], card: Number(plant.of("card")) }),
  });
  const breakDown = defineTool({
    ...tool,
    name: "break_down",
    description: "Breaks down.",
    run: () => {
      const error = new Error(plant.next(), { cause: new Error(plant.next()) });
      error.stack = `Error: ${plant.next()}\n    at ${plant.next()}`;
      throw error;
    },
  });
  const readMuch = defineTool({
    ...tool,
    name: "read_much",
    description: "Reads much.",
    // Longer than an event may be, so that the whole of it is a blob.
    run: () => Array.from({ length: 400 }, () => `Then came ${plant.next()}, and so on.`).join("\n".repeat(200)),
  });
  return [lookUp, breakDown, readMuch];
}

function actingTools(plant: Planter): readonly Tool[] {
  const send = defineTool({
    ...tool,
    name: "send",
    description: "Remembers and sends.",
    run: async ({ text }, { guard }) => {
      await guard("memory_write", String(text));
      return guard("outgoing_http", String(text));
    },
  });
  const pay = defineTool({ ...tool, name: "pay", description: "Pays.", approval: "always", run: () => plant.next() });
  const ask = defineTool({
    ...tool,
    name: "ask",
    description: "Asks a helper.",
    run: async ({ question }, { runAgent }) => {
      const answer = await runAgent({ agent: "helper", input: String(question), reason: plant.next() });
      return answer.type === "finished" ? answer.text : answer;
    },
  });
  return [send, pay, ask];
}

/** What a day at the office goes on in. */
export interface Day {
  readonly kit: AgentKit;
  readonly office: LeakyOffice;
  readonly plant: Planter;
  readonly session: string;
}

const call = (name: string, input: unknown): ScriptedAnswer => ({ calls: [{ name, arguments: input }] });

/** Goes through everything that a session can hold. */
export async function spendDay(day: Day): Promise<void> {
  await talk(day);
  await stream(day);
  await decide(day);
  await workTogether(day);
  await goOtherWays(day);
}

async function talk({ kit, office, plant, session }: Day): Promise<void> {
  office.script.push(
    {
      calls: ["look_up", "break_down", "read_much", "send"].map((name, index) => ({
        name,
        id: `call_${session}_${index}`,
        arguments: { text: plant.next(), nested: JSON.stringify({ deep: plant.next() }), [plant.next()]: 1 },
      })),
    },
    { text: `It is ${plant.next()}.` },
  );
  await kit.run({
    session,
    agent: "desk",
    input: [
      { type: "message", role: "user", content: plant.next() },
      { type: "message", role: "user", content: [{ type: "input_text", text: plant.next() }] },
    ],
    instructions: plant.next(),
    settings: { user: plant.next() },
    metadata: { note: plant.next(), [plant.next().slice(0, 200)]: "x" },
    principal: { user: plant.of("email"), roles: [plant.of("phone")] },
    tools: [{ type: "function", name: "theirs", description: plant.next(), parameters: null, strict: null }],
  });
}

async function stream({ kit, office, plant, session }: Day): Promise<void> {
  office.script.push(call("theirs", { text: plant.next() }), { text: `Well, ${plant.next()} and ${plant.next()}.` });
  const tools = [{ type: "function", name: "theirs", parameters: null, strict: null }] as const;
  const asked = await kit.stream({ session, input: plant.next(), tools });
  for await (const _part of asked);
  const [wanted] = (await kit.result(session, asked.run)).calls;
  if (wanted === undefined) throw new Error("The model called no function of the caller's.");
  const output = { type: "function_call_output", call_id: wanted.call_id, output: plant.next() };
  for await (const _part of await kit.stream({ session, input: [output], tools }));
}

async function decide({ kit, office, plant, session }: Day): Promise<void> {
  const request = async (): Promise<string> => {
    office.script.push(call("pay", { to: plant.next() }), { text: plant.next() });
    await kit.run({ session, input: plant.next() });
    return (await kit.approvals(session))[0]?.ticket ?? "";
  };
  const approver = { user: plant.of("email"), roles: [] };
  const ticket = await request();
  await kit.decide({
    ticket,
    outcome: "approve",
    approver,
    reason: plant.next(),
    arguments: JSON.stringify({ to: plant.next() }),
  });
  await kit.decide({ ticket: await request(), outcome: "deny", approver, reason: plant.next() });
  await request();
  await kit.cancel(session, { reason: plant.next(), actor: `person:${plant.of("email")}` });
  office.script.length = 0;
}

async function workTogether({ kit, office, plant, session }: Day): Promise<void> {
  office.script.push(
    call("ask", { question: plant.next() }),
    { text: plant.next() },
    call("transfer_to_helper", { reason: plant.next(), summary: plant.next(), input: { about: plant.next() } }),
    { text: plant.next() },
  );
  await kit.run({ session, input: plant.next(), agent: "desk" });
}

async function goOtherWays({ kit, office, plant, session }: Day): Promise<void> {
  const fork = await kit.fork(session, { instructions: plant.next(), metadata: { why: plant.next() } });
  office.script.push({ text: plant.next() });
  await kit.run({ session: fork.session, input: plant.next(), agent: "desk" });
  await kit.createSession({ metadata: { why: plant.next() }, principal: { user: plant.of("email"), roles: [] } });
}
