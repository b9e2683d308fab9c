/**
 * Opening a session of 10,000 events cold: a fresh log handle and a fresh kit fold it from its first event, beside reading
 * and parsing the same rows without AgentKit.
 *
 *     pnpm --filter @agentkit/bench bench:open
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { compare } from "./event-log-measure.ts";
import { openRawLog } from "./event-log-raw.ts";
import { question } from "./session-growth-turns.ts";
import { createWeatherKit } from "./weather-kit.ts";

const events = 10_000;
/** Opening may take so many times the raw read. */
const allowed = 1.5;
const rounds = 15;

const path = join(mkdtempSync(join(tmpdir(), "bench-open-")), "log.db");
const revision = await fill();

const verdict = await compare(
  {
    title: `cold open of a session of ${revision + 1} events`,
    units: revision + 1,
    atLeast: 1 / allowed,
    async raw() {
      const raw = await openRawLog(path);
      if (raw.readStream("session-bench") !== revision + 1) throw new Error("the raw read missed events");
      raw.close();
    },
    async ours() {
      const log = createSqliteEventLog({ path });
      const state = await createWeatherKit(log, () => 0).load("bench");
      if (state.revision !== revision) throw new Error("the session was not folded to its end");
      await log.close();
    },
  },
  rounds,
);

const milliseconds = (rate: number): string => (((revision + 1) / rate) * 1_000).toFixed(1);
const times = 1 / verdict.ratio;
const report = [
  `${verdict.title}, median of ${rounds} rounds`,
  `  raw read and parse  ${milliseconds(verdict.rawRate)} ms`,
  `  open and fold       ${milliseconds(verdict.ourRate)} ms`,
  `  ${times.toFixed(2)} times (at most ${allowed}): ${times <= allowed ? "ok" : "MISSED"}`,
];
process.stdout.write(`${report.join("\n")}\n`);
process.exitCode = times <= allowed ? 0 : 1;

async function fill(): Promise<number> {
  const log = createSqliteEventLog({ path });
  let turn = 0;
  const kit = createWeatherKit(log, () => turn);
  for (;;) {
    turn += 1;
    await kit.run({ session: "bench", input: question(turn) });
    const state = await kit.load("bench");
    if (state.revision + 1 < events) continue;
    await log.close();
    return state.revision;
  }
}
