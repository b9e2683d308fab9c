import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import type { Agent } from "../agent/define-agent.ts";
import { defineHandoff } from "../agent/handoff.ts";
import type { Tool } from "../agent/tool.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { eventCatalogue, isEventType } from "../events/catalogue.ts";
import { parseEvent } from "../events/decode-event.ts";
import type { EventDefinition } from "../events/define-event.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { testKit, toPlain, unreachableModel, withoutEffects } from "../kit/session-harness.test.support.ts";
import { allTurns, recentTurns } from "../session/context-window.ts";
import type { ContextWindow } from "../session/context-window.ts";
import { sessionOfStream } from "../session/session-stream.ts";
import { goldenScenarios } from "./golden-scenarios.test.support.ts";

/**
 * The corpus only grows: logs that released versions wrote, each beside the agents that wrote it and the state they came to.
 * `AGENTKIT_WRITE_GOLDEN=1` adds the stories that there is no log of, or none with the versions of events that they write
 * today, and the shapes of new event versions.
 */
const testdata = join(dirname(fileURLToPath(import.meta.url)), "../../testdata");
const golden = join(testdata, "golden");
const shapesFile = join(testdata, "event-shapes.json");
const writing = process.env["AGENTKIT_WRITE_GOLDEN"] === "1";

const jsonObject = z.record(z.string(), z.json());
const storedEvent = z.object({
  stream: z.string(),
  revision: z.number(),
  position: z.string(),
  id: z.string(),
  type: z.string(),
  version: z.number(),
  time: z.string(),
  data: jsonObject,
  meta: jsonObject,
});
const tool = z.object({
  name: z.string(),
  description: z.string(),
  parameters: jsonObject,
  strict: z.boolean(),
  sideEffects: z.enum(["none", "idempotent", "unsafe"]),
  onUnknownOutcome: z.enum(["retry", "reconcile", "ask", "fail"]),
  timeoutMs: z.number(),
  roles: z.array(z.string()).exactOptional(),
  approval: z
    .object({ when: z.enum(["never", "always"]), roles: z.array(z.string()), validForMs: z.number() })
    .exactOptional(),
});
const handoff = z.object({ to: z.string(), description: z.string(), context: z.enum(["all", "summary", "none"]) });
const agent = z.object({
  name: z.string(),
  model: z.string(),
  instructions: z.string().exactOptional(),
  settings: jsonObject,
  limits: z.object({
    modelCalls: z.number(),
    durationMs: z.number(),
    modelRetries: z.number(),
    retryDelayMs: z.number(),
  }),
  window: z.string(),
  tools: z.array(tool),
  handoffs: z.array(handoff).default([]),
});
const beside = z.object({ agents: z.array(agent), states: z.record(z.string(), z.json()) });

/** Why the newest version of a type is in no golden log. */
const unwritten: Readonly<Record<string, string>> = {
  SessionEnded: "nothing ends a session",
  OverrideGranted: "@agentkit/safety appends it, the engine does not",
  MemoryRecalled: "the engine has no memory",
  MemoryWritten: "the engine has no memory",
  MemoryForgotten: "the engine has no memory",
  StateChanged: "the engine has no memory",
  ContextCompacted: "the engine compacts nothing",
  FeedbackReceived: "nothing takes feedback",
  GradeRecorded: "nothing grades",
  SubjectErased: "nothing erases",
};

const version = z.object({ version: z.string() }).parse(readJson(join(testdata, "../package.json"))).version;

if (writing) {
  await writeMissingLogs();
  writeMissingShapes();
}

const logs = globSync("*/*.jsonl", { cwd: golden }).toSorted();

describe("the golden logs", () => {
  it("include one of each story by this version", () => {
    const missing = Object.keys(goldenScenarios).filter((name) => !existsSync(logFile(name)));
    expect(missing, "write them with AGENTKIT_WRITE_GOLDEN=1").toEqual([]);
  });

  it("include the newest version of each event type that the engine writes", () => {
    const recorded = readVersions();
    const newest = Object.entries<EventDefinition>(eventCatalogue).filter(([type]) => unwritten[type] === undefined);
    const missing = newest
      .map(([type, definition]) => `${type}@${definition.version}`)
      .filter((one) => !recorded.has(one));
    expect(missing, "write them with AGENTKIT_WRITE_GOLDEN=1, and a story where none has the type").toEqual([]);
    const types = new Set([...recorded].map((one) => one.split("@")[0]));
    expect(Object.keys(unwritten).filter((type) => types.has(type) || !isEventType(type))).toEqual([]);
  });

  it.each(logs)("%s reads back, folds and replays as it was recorded", async (path) => {
    const log = createInMemoryEventLog();
    for (const { stream, revision, position: _position, ...event } of readLog(join(golden, path))) {
      await log.append(stream, [event], { expected: revision === 0 ? "no_stream" : revision - 1 });
    }
    for await (const stored of log.readAll()) parseEvent(stored);
    const recorded = beside.parse(readJson(join(golden, path.replace(/l$/, ""))));
    const kit = testKit({ log, model: unreachableModel, agents: recorded.agents.map(toAgent) });
    const sessions = await readSessions(log);
    expect(Object.keys(recorded.states)).toEqual(sessions);
    for (const session of sessions) {
      expect(await kit.replay(session)).toMatchObject({ session, status: "identical" });
      // A state may have more parts today; those it had then are as they were.
      expect({ state: asJson(toPlain(await kit.load(session))) }).toMatchObject({ state: recorded.states[session] });
    }
  });
});

describe("the stored shape of an event type", () => {
  const shapes = z.record(z.string(), z.json()).parse(readJson(shapesFile));

  it.each(Object.entries<EventDefinition>(eventCatalogue))(
    "%s does not change without a new version",
    (type, definition) => {
      expect(shapes[`${type}@${definition.version}`], "add its shape with AGENTKIT_WRITE_GOLDEN=1").toBeDefined();
      expect(shapeOf(definition)).toEqual(shapes[`${type}@${definition.version}`]);
      expect(Object.keys(definition.upcasters)).toEqual(
        Array.from({ length: definition.version - 1 }, (_value, index) => String(index + 1)),
      );
    },
  );

  it("is kept for every version that was ever written", () => {
    const known = Object.entries<EventDefinition>(eventCatalogue).flatMap(([type, { version: newest }]) =>
      Array.from({ length: newest }, (_value, index) => `${type}@${index + 1}`),
    );
    expect(Object.keys(shapes).toSorted()).toEqual(known.toSorted());
  });
});

function toAgent({ window, tools, handoffs, ...definition }: z.infer<typeof agent>): Agent {
  const known = defineAgent({
    ...definition,
    window: toWindow(window),
    tools: tools.map(toTool),
    handoffs: handoffs.map(defineHandoff),
  });
  return withoutEffects(known);
}

function toTool(recorded: z.infer<typeof tool>): Tool {
  return {
    ...recorded,
    parse: (value) => ({ ok: true, value }),
    execute: async () => Promise.reject(new Error("ran")),
  };
}

function toWindow(name: string): ContextWindow {
  const limits = /^recent-turns\((\d+),(\d+)\)$/.exec(name);
  return limits === null ? allTurns() : recentTurns({ maxTurns: Number(limits[1]), maxTokens: Number(limits[2]) });
}

async function readSessions(log: EventLog): Promise<readonly string[]> {
  const sessions = new Set<string>();
  for await (const { stream } of log.readAll()) sessions.add(sessionOfStream(stream) ?? "");
  sessions.delete("");
  return [...sessions];
}

function logFile(name: string): string {
  return join(golden, version, `${name}.jsonl`);
}

/** Where a story is written that has no log yet, or none of today's events: what is there stays. */
function freeFile(name: string): string {
  let number = 1;
  const file = (): string => logFile(number === 1 ? name : `${name}-${number}`);
  while (existsSync(file())) number += 1;
  return file();
}

/** The events of all golden logs, as `<type>@<version>`. */
function readVersions(): ReadonlySet<string> {
  const events = globSync("*/*.jsonl", { cwd: golden }).flatMap((path) => readLog(join(golden, path)));
  return new Set(events.map((event) => `${event.type}@${event.version}`));
}

function readLog(path: string): readonly z.infer<typeof storedEvent>[] {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => storedEvent.parse(JSON.parse(line)));
}

async function writeMissingLogs(): Promise<void> {
  mkdirSync(join(golden, version), { recursive: true });
  for (const [name, scenario] of Object.entries(goldenScenarios)) {
    const recorded = readVersions();
    const log = createInMemoryEventLog();
    await scenario.write(log);
    const lines = [];
    let isNew = !existsSync(logFile(name));
    for await (const stored of log.readAll()) {
      lines.push(`${JSON.stringify(stored)}\n`);
      isNew ||= !recorded.has(`${stored.type}@${stored.version}`);
    }
    if (!isNew) continue;
    const file = freeFile(name);
    const kit = testKit({ log, model: unreachableModel, agents: scenario.agents });
    const states: Record<string, unknown> = {};
    for (const session of await readSessions(log)) states[session] = toPlain(await kit.load(session));
    const agents = scenario.agents.map((one) => ({ ...one, window: one.window.name }));
    writeFileSync(file, lines.join(""));
    writeFileSync(file.replace(/l$/, ""), `${JSON.stringify({ agents, states }, null, 2)}\n`);
  }
}

function writeMissingShapes(): void {
  const known = existsSync(shapesFile) ? z.record(z.string(), z.json()).parse(readJson(shapesFile)) : {};
  const added = Object.entries<EventDefinition>(eventCatalogue).map(([type, definition]) => [
    `${type}@${definition.version}`,
    shapeOf(definition),
  ]);
  writeFileSync(shapesFile, `${JSON.stringify({ ...Object.fromEntries(added), ...known }, null, 2)}\n`);
}

// Items are the Responses API's own, which JSON Schema cannot tell from anything else.
function shapeOf({ schema }: EventDefinition): unknown {
  return asJson(z.toJSONSchema(schema, { unrepresentable: "any" }));
}

function asJson(value: unknown): unknown {
  return JSON.parse(canonicalJson(value));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
