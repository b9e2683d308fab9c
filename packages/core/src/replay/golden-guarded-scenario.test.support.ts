import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { testKit } from "../kit/session-harness.test.support.ts";
import { wordSafety } from "../kit/word-safety.test.support.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { GoldenScenario } from "./golden-scenario.test.support.ts";

const read = defineTool({
  name: "read",
  description: "Reads a page.",
  input: z.object({}),
  sideEffects: "none",
  trust: "untrusted",
  run: () => "a page",
});

const write = defineTool({
  name: "write",
  description: "Writes a letter.",
  input: z.object({ text: z.string() }),
  run: () => "written",
});

const writer = defineAgent({ name: "writer", model: "scripted", tools: [read, write] });

async function writeGuarded(log: EventLog): Promise<void> {
  const released = new Set<string>();
  const model = scriptedModel([
    { calls: [{ name: "read", arguments: {}, id: "r_1" }] },
    { calls: [{ name: "write", arguments: { text: "BLOCKED" }, id: "w_1" }] },
    { text: "The word is SECRET." },
    { text: "Hello." },
  ]);
  const kit = testKit({ log, model, agents: [writer], safety: wordSafety({ released }) });
  await kit.run({ input: "My SECRET is yours.", session: "redacted" });
  await kit.run({ input: "BLOCKED", session: "blocked" });
  await kit.run({ input: "HELD", session: "held" });
  released.add("HELD");
  await kit.resume("held");
}

/** A story of what a guard decided; replaying it needs none. */
export const guardedScenario: GoldenScenario = { agents: [writer], write: writeGuarded };
