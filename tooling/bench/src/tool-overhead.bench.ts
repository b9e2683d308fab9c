/**
 * What calling a tool costs that does nothing: AgentKit beside the bare function and beside the tool call of `@openai/agents`, each
 * in a process of its own, with a model that answers at once. They take turns, so that a noisy machine is noisy for all.
 *
 *     pnpm --filter @agentkit/bench bench:tools            installs the peers first
 *     pnpm --filter @agentkit/bench bench:tools --alone    AgentKit and the bare function; needs nothing from the network
 *
 * Ends with exit code 1 when a call of AgentKit is slower than one of `@openai/agents`.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installPeers, peers } from "./peers.ts";
import { startSubject } from "./session-growth-subject.ts";
import type { Subject } from "./session-growth-subject.ts";
import { callsPerRun } from "./tool-overhead-calls.ts";
import type { CallPattern } from "./tool-overhead-calls.ts";

const rounds = 300;
/** Rounds that are run and not counted, in which the code is compiled. */
const warmUpRounds = 100;

const { values: options } = parseArgs({ options: { alone: { type: "boolean", default: false } } });
if (!options.alone) installPeers();

const titles: Readonly<Record<CallPattern, string>> = {
  apart: `${callsPerRun} calls, each in an answer of its own`,
  together: `${callsPerRun} calls in one answer`,
};
let missed = false;
for (const pattern of ["apart", "together"] as const) missed = !(await measure(pattern)) || missed;
process.stdout.write(
  [
    "",
    `Microseconds a call: the median of ${rounds} runs, divided by its calls. Nothing is taken off: a run's beginning and end and`,
    "the model's answers are in it on both sides. AgentKit also decides on the principal's access, checks the arguments and appends",
    "every event to a log in memory before it goes on.",
    "",
  ].join("\n"),
);
process.exitCode = missed ? 1 : 0;

/** Measures and reports a pattern; says whether AgentKit is at least as fast as its peer. */
async function measure(pattern: CallPattern): Promise<boolean> {
  const own = fileURLToPath(new URL("./tool-overhead-agentkit.ts", import.meta.url));
  const subjects = [await startSubject(own, [pattern])];
  if (!options.alone) subjects.push(await startSubject(`${peers}openai-agents-tools.mjs`, [pattern]));
  const taken = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
  const bare: number[] = [];
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const bareTime = await runBare();
    if (round >= 0) bare.push(bareTime);
    // Who comes first changes, so that nobody always follows the same neighbour.
    const order = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const subject of order) {
      const { milliseconds } = await subject.runTurn();
      if (round >= 0) taken.get(subject)?.push(milliseconds);
    }
  }
  for (const subject of subjects) await subject.close();
  const [ours = Number.NaN, theirs] = subjects.map((subject) => perCall(taken.get(subject) ?? []));
  const lines = [
    titles[pattern],
    toLine("the bare function", perCall(bare)),
    ...subjects.map((subject) => toLine(subject.label, perCall(taken.get(subject) ?? []))),
    ...(theirs === undefined ? [] : [verdict(ours, theirs)]),
  ];
  process.stdout.write(`\n${lines.join("\n")}\n`);
  return theirs === undefined || ours <= theirs;
}

async function runBare(): Promise<number> {
  const started = performance.now();
  for (let number = 0; number < callsPerRun; number += 1) await noop({ number });
  return performance.now() - started;
}

async function noop({ number }: { readonly number: number }): Promise<string> {
  return Promise.resolve(`done ${number}`);
}

function perCall(milliseconds: readonly number[]): number {
  const sorted = milliseconds.toSorted((left, right) => left - right);
  return ((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) * 1_000) / callsPerRun;
}

function toLine(label: string, microseconds: number): string {
  return `  ${label.padEnd(56)}${microseconds.toFixed(2).padStart(12)} µs`;
}

function verdict(ours: number, theirs: number): string {
  const ratio = ours / theirs;
  return `  ${ours <= theirs ? "ok  " : "MISS"} AgentKit takes ${ratio.toFixed(2)} times what @openai/agents takes; at most 1 is allowed.`;
}
