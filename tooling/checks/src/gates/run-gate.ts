import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { runProgram, type ProgramResult } from "../processes/run-program.ts";
import { repositoryRoot } from "../repository/repository-root.ts";
import type { Gate } from "./gates.ts";
import { countTests, type TestCounts } from "./count-tests.ts";

/** What became of one gate. */
export interface GateResult {
  readonly ok: boolean;
  readonly counts: TestCounts;
  /** The one line that is always shown. */
  readonly line: string;
  /** Everything the program wrote, shown when it failed. */
  readonly output: string;
}

/** Runs a gate from the repository's root and never throws: a program that cannot be started is a failed gate. */
export async function runGate(gate: Gate): Promise<GateResult> {
  const started = performance.now();
  const { counts, ok, output } = gate.counts === "vitest" ? await countVitest(gate) : await countOne(gate);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const detail = gate.counts === "vitest" ? `  ${describe(counts)}` : "";
  const line = `${ok ? "ok    " : "FAILED"}  ${gate.name.padEnd(16)} ${seconds.padStart(6)} s${detail}`;
  return { ok, counts, line, output: stripVTControlCharacters(output) };
}

type Counted = Omit<GateResult, "line">;

async function countOne(gate: Gate): Promise<Counted> {
  const { exitCode, output } = await run(gate, []);
  const ok = exitCode === 0;
  return { ok, counts: { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }, output };
}

/** Counts the tests in vitest's own JSON report; a run that leaves none has failed before its first test. */
async function countVitest(gate: Gate): Promise<Counted> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-check-"));
  const file = join(directory, "report.json");
  try {
    const { exitCode, output } = await run(gate, [
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ]);
    const report = await readFile(file, "utf8").catch(() => "{}");
    const counts = countTests(JSON.parse(report), exitCode === 0);
    return { ok: counts.failed === 0, counts, output };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function run(gate: Gate, extra: readonly string[]): Promise<ProgramResult> {
  return runProgram({
    command: [...gate.command, ...extra],
    directory: repositoryRoot,
    environment: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
    timeLimitSeconds: gate.timeLimitSeconds,
  });
}

function describe({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
