/**
 * A process that carries out a workflow of five steps is killed in the third one. Another process takes the run up where it
 * stood: every step takes effect once, and those that were over are not begun again.
 */
import { deepStrictEqual, strictEqual } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgentKit, decodeEvent, defineTool, toSessionStream } from "@agentkit/core";
import type { Tool, ToolContext } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { defineWorkflow } from "@agentkit/tools";
import { z } from "zod";

const [role = "parent", directory = mkdtempSync(join(tmpdir(), "agentkit-example-"))] = process.argv.slice(2);
const effects = join(directory, "effects.txt");
const attempts = join(directory, "attempts.txt");
const session = "order-17";

/** A service that does a thing once for each key it is given, as payment services do. */
function service(
  name: string,
  answer: (order: string) => unknown,
  serve?: (context: ToolContext) => Promise<void>,
): Tool {
  return defineTool({
    name,
    description: `The service '${name}'.`,
    input: z.object({ order: z.string() }),
    sideEffects: "idempotent",
    run: async ({ order }, context) => {
      appendFileSync(attempts, `${name}\n`);
      if (!readLines(effects).some((line) => line.endsWith(context.idempotencyKey))) {
        appendFileSync(effects, `${name} ${context.idempotencyKey}\n`);
      }
      await serve?.(context);
      return answer(order);
    },
  });
}

const fulfil = defineWorkflow({
  name: "fulfil",
  description: "Takes an order to the customer's door.",
  input: z.object({ order: z.string() }),
  steps: (steps) =>
    steps
      .tool("reserve", {
        tool: service("reserve", () => ({ shelf: 7 })),
        arguments: ({ input }) => input,
        output: z.object({ shelf: z.number() }),
        compensate: { tool: service("release", () => "released"), arguments: ({ input }) => input },
      })
      .tool("charge", { tool: service("charge", () => "paid"), arguments: ({ input }) => input })
      .tool("label", {
        // The printer is slow in the first process: time enough to be killed in, after it has printed.
        tool: service(
          "label",
          (order) => `L-${order}`,
          async ({ signal }) => {
            if (role === "first") await sleep(60_000, undefined, { signal });
          },
        ),
        arguments: ({ input }) => input,
      })
      .tool("ship", { tool: service("ship", () => "with the carrier"), arguments: ({ input }) => input })
      .tool("notify", { tool: service("notify", () => "told"), arguments: ({ input }) => input }),
  output: ({ input, results }) =>
    `Order ${input.order}: ${results.label} from shelf ${results.reserve.shelf}, ${results.ship}.`,
});

const log = createSqliteEventLog({ path: join(directory, "log.sqlite") });
const model = scriptedModel([]);
const kit = createAgentKit({ log, model, agents: [fulfil] });

if (role === "first") {
  await kit.run({ session, input: JSON.stringify({ order: "17" }) });
} else if (role === "second") {
  const { outcome, text } = await kit.resume(session);
  say(`Resumed by another process: ${outcome}. ${text}`);
} else {
  await tellTheStory();
}
await log.close();

async function tellTheStory(): Promise<void> {
  const first = start("first");
  while (!readLines(effects).some((line) => line.startsWith("label"))) await sleep(20);
  first.kill("SIGKILL");
  await once(first, "exit");
  say(`Killed in the third of five steps, after: ${readLines(attempts).join(", ")}.`);

  const second = start("second");
  await once(second, "exit");
  strictEqual(second.exitCode, 0);
  const steps = ["reserve", "charge", "label", "ship", "notify"];
  deepStrictEqual(names(effects), steps);
  deepStrictEqual(names(attempts), ["reserve", "charge", "label", "label", "ship", "notify"]);
  say("Every step took effect once; the first two were not begun again, and the third was, under the same key.");

  for await (const stored of log.readStream(toSessionStream(session))) {
    const event = decodeEvent(stored);
    if (event.type === "ToolCallOutcomeUnknown") say(`  ${event.data.callId}: outcome unknown, ${event.data.policy}`);
    if (event.type === "ToolCallSucceeded") say(`  ${event.data.callId}: ${event.data.output}`);
  }
  const { status, events } = await kit.replay(session);
  strictEqual(status, "identical");
  say(`Replayed ${events} events: ${status}.`);
}

function start(as: "first" | "second") {
  return spawn(process.execPath, [process.argv[1] ?? "", as, directory], { stdio: "inherit" });
}

function names(path: string): readonly string[] {
  return readLines(path).map((line) => line.split(" ")[0] ?? "");
}

function readLines(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
