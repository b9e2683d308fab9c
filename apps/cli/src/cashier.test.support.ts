import { fork } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, emptyDirectory, type Place } from "./agentkit.test.support.ts";

const source = `import { appendFileSync } from "node:fs";
import { defineAgent, defineHandoff, defineTool } from "@agentkit/core";
import { defineConfig } from "@agentkit/gateway";
import { scriptedModel } from "@agentkit/core/testing";
import { z } from "zod";

const refund = defineTool({
  name: "refund",
  description: "Pays back.",
  input: z.object({ amount: z.number(), card: z.string() }),
  redact: ["card"],
  approval: { when: ({ amount }) => amount > 50, roles: ["manager"], validForMs: Number(process.env.VALID_MS ?? 3_600_000) },
  run: ({ amount }) => {
    appendFileSync(new URL("refunds.txt", import.meta.url), amount + "\\n");
    return "refunded " + amount;
  },
});
const ask = defineTool({
  name: "ask_cashier",
  description: "Has the cashier do it.",
  input: z.object({ task: z.string() }),
  sideEffects: "idempotent",
  run: async ({ task }, { runAgent }) => {
    const answer = await runAgent({ agent: "cashier", input: task, reason: "it is about money" });
    return answer.type === "finished" ? answer.text : answer;
  },
});
const audit = defineTool({ name: "audit", description: "Audits.", input: z.object({}), roles: ["auditor"], run: () => "" });
const cashier = defineAgent({ name: "cashier", model: "scripted", tools: [refund, audit] });
const desk = defineAgent({
  name: "desk",
  model: "scripted",
  tools: [ask],
  handoffs: [defineHandoff({ to: "cashier", description: "Money.", context: "none" })],
});

/** Does what the words say: "Refund 100", "Hand over: Refund 100", "Have 100 refunded". */
function answer({ input, tools = [] }) {
  const last = input.at(-1);
  if (last.type === "function_call_output" && !last.output.startsWith('{"assistant"')) return { text: "Done: " + last.output };
  const words = JSON.stringify(input.filter(({ role }) => role === "user").at(-1));
  const [, amount] = /(\\d+)/.exec(words) ?? [];
  if (amount === undefined) return { text: "Hello." };
  const handed = tools.every(({ name }) => name !== "transfer_to_cashier");
  if (handed) return { calls: [{ name: "refund", arguments: { amount: Number(amount), card: "4111" }, id: "call_refund" }] };
  if (words.includes("Hand over")) return { calls: [{ name: "transfer_to_cashier", arguments: { reason: "It is about money." }, id: "call_over" }] };
  return { calls: [{ name: "ask_cashier", arguments: { task: "Refund " + amount }, id: "call_ask" }] };
}

export default defineConfig({ agents: [desk, cashier], model: scriptedModel(answer) });
`;

/** A place with a desk and a cashier whose refunds of more than 50 wait for a manager, and go to `refunds.txt`. */
export async function cashierPlace(variables: Readonly<Record<string, string>> = {}): Promise<Place> {
  const directory = await emptyDirectory();
  await writeFile(join(directory, "agentkit.config.ts"), source);
  return { directory, variables };
}

/** Runs command lines one after the other in one process of their own. */
export interface Driver {
  run(place: Place, ...words: readonly string[]): Promise<CommandResult>;
  stop(): void;
}

/** Starts a process for the command lines of a suite. */
export function startDriver(): Driver {
  const child = fork(new URL("./cli-driver.test.support.ts", import.meta.url), {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    run: ({ directory, variables = {} }, ...words) =>
      new Promise((resolve, reject) => {
        child.once("message", (answer) => (isResult(answer) ? resolve(answer) : reject(new Error("No result."))));
        child.send({ directory, variables, words });
      }),
    stop: () => void child.kill("SIGKILL"),
  };
}

function isResult(value: unknown): value is CommandResult {
  return typeof value === "object" && value !== null && "code" in value && "stdout" in value && "stderr" in value;
}
