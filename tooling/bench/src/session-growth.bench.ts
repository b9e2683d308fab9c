/**
 * What a turn costs as the session grows: 300 turns of question, tool call, tool, answer, with a model that answers at
 * once. The subjects take turns, so that a noisy machine is noisy for all of them.
 *
 *     pnpm --filter @agentkit/bench bench:growth            all subjects; installs the peers first
 *     pnpm --filter @agentkit/bench bench:growth --alone    AgentKit only; needs nothing from the network
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installPeers, peers } from "./peers.ts";
import { startSubject } from "./session-growth-subject.ts";
import type { Subject, TurnCost } from "./session-growth-subject.ts";

const turns = 300;
const early = { from: 30, to: 50 };
const late = { from: turns - 20, to: turns };
/** The last turns may cost so many times the early ones. */
const allowed = 1.2;

const { values: options } = parseArgs({ options: { alone: { type: "boolean", default: false } } });

const subjects = await startSubjects(options.alone);
const measured = await measure(subjects);
for (const subject of subjects) await subject.close();
process.stdout.write(report(measured));

async function startSubjects(alone: boolean): Promise<readonly Subject[]> {
  const own = fileURLToPath(new URL("./session-growth-agentkit.ts", import.meta.url));
  const started = [await startSubject(own), await startSubject(own, ["whole"])];
  if (alone) return started;
  installPeers();
  return [...started, await startSubject(`${peers}openai-agents.mjs`), await startSubject(`${peers}langgraph.mjs`)];
}

type Costs = ReadonlyMap<Subject, readonly TurnCost[]>;

async function measure(all: readonly Subject[]): Promise<Costs> {
  const costs = new Map<Subject, TurnCost[]>(all.map((subject) => [subject, []]));
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const [subject, taken] of costs) taken.push(await subject.runTurn());
  }
  return costs;
}

function report(all: Costs): string {
  const rows = [...all].map(([subject, costs]) => toRow(subject.label, costs));
  const lines = [
    toLine("", ["ms early", "ms late", "ratio", "bytes early", "bytes late", "ratio"]),
    ...rows,
    "",
    `ms: median of a turn. bytes: growth of the store's file per turn. Early: turns ${early.from} to ${early.to};`,
    `late: the last 20 of ${turns}. AgentKit's ratios have to be at most ${allowed}; with the whole history only the`,
    "request itself may grow, so that there the limit is on its bytes.",
  ];
  return `${lines.join("\n")}\n`;
}

function toRow(label: string, costs: readonly TurnCost[]): string {
  const times = [early, late].map(({ from, to }) => median(costs.slice(from, to).map((cost) => cost.milliseconds)));
  const bytes = [early, late].map(({ from, to }) => growth(costs, from, to));
  const cells = [times[0]?.toFixed(2), times[1]?.toFixed(2), ratio(times), bytes[0]?.toFixed(0), bytes[1]?.toFixed(0)];
  return toLine(label, [...cells.map((cell) => cell ?? "–"), ratio(bytes)]);
}

function toLine(label: string, cells: readonly string[]): string {
  return [label.padEnd(68), ...cells.map((cell) => cell.padStart(12))].join("");
}

function growth(costs: readonly TurnCost[], from: number, to: number): number | undefined {
  const before = costs[from - 1]?.bytes;
  const after = costs[to - 1]?.bytes;
  return typeof before === "number" && typeof after === "number" ? (after - before) / (to - from) : undefined;
}

function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)];
}

function ratio([first, last]: readonly (number | undefined)[]): string {
  return first === undefined || last === undefined ? "–" : (last / first).toFixed(2);
}
