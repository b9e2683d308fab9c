/**
 * A process is killed inside a payment tool. What was recorded stays, what is unknown is called unknown, and nothing is
 * charged twice.
 */
import { ok, strictEqual } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgentKit, defineAgent, defineTool } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { z } from "zod";

const [role = "parent", directory = mkdtempSync(join(tmpdir(), "agentkit-example-"))] = process.argv.slice(2);
const ledger = join(directory, "ledger.txt");
const session = "order-17";

const charge = defineTool({
  name: "charge",
  description: "Charges the customer's card.",
  input: z.object({ order: z.string(), euros: z.number() }),
  run: async ({ order, euros }, { idempotencyKey, signal }) => {
    appendFileSync(ledger, `${order} ${euros} EUR ${idempotencyKey}\n`);
    // The bank answers slowly: time enough to be killed in.
    await sleep(60_000, undefined, { signal });
    return "charged";
  },
});

const log = createSqliteEventLog({ path: join(directory, "log.sqlite") });
const model = scriptedModel((request) =>
  request.input.at(-1)?.type === "function_call_output"
    ? { text: "Order 17 is paid." }
    : { calls: [{ name: "charge", arguments: { order: "17", euros: 20 } }] },
);
const agent = defineAgent({ name: "cashier", model: "scripted", tools: [charge] });
const kit = createAgentKit({ log, model, agents: [agent] });

if (role === "worker") {
  await kit.run({ session, input: "Please charge order 17." });
} else {
  await tellTheStory();
}
await log.close();

async function tellTheStory(): Promise<void> {
  const worker = spawn(process.execPath, [process.argv[1] ?? "", "worker", directory], { stdio: "inherit" });
  while (!existsSync(ledger)) await sleep(20);
  worker.kill("SIGKILL");
  await once(worker, "exit");
  say("The worker was killed inside the payment tool.");

  const resumed = await kit.resume(session);
  strictEqual(resumed.outcome, "suspended");
  const [waiting] = resumed.waiting;
  ok(waiting);
  say(`After resume: ${resumed.outcome}; the outcome of ${waiting.tool}(${waiting.arguments}) is unknown.`);
  strictEqual(charges(), 1);
  strictEqual(model.requests.length, 0);
  say("Nothing was charged twice, and the model was not asked again for what it had answered.");

  const decisions = [{ callId: waiting.callId, outcome: "succeeded", output: "charged, says the bank" }] as const;
  const decided = await kit.resume(session, { decisions, actor: "person:alice" });
  strictEqual(decided.outcome, "completed");
  strictEqual(charges(), 1);
  say(`Alice asked the bank and decided. The agent: ${decided.text}`);

  const { status, events } = await kit.replay(session);
  strictEqual(status, "identical");
  say(`Replayed ${events} events: ${status}.`);
}

function charges(): number {
  return readFileSync(ledger, "utf8").trim().split("\n").length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
