import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const { exitCode, output, report } = gate.counts === "vitest" ? await runVitest(gate) : await runProgram(gate, []);
  const ok = exitCode === 0;
  const counts = report === undefined ? countAsOne(ok) : countTests(report, ok);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const detail = gate.counts === "vitest" ? `  ${describe(counts)}` : "";
  const line = `${ok ? "ok    " : "FAILED"}  ${gate.name.padEnd(16)} ${seconds.padStart(6)} s${detail}`;
  return { ok: ok && counts.failed === 0, counts, line, output };
}

interface ProgramResult {
  readonly exitCode: number;
  readonly output: string;
  /** Vitest's own JSON report, when there is one. */
  readonly report?: unknown;
}

async function runVitest(gate: Gate): Promise<ProgramResult> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-check-"));
  const reportFile = join(directory, "report.json");
  try {
    const result = await runProgram(gate, ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`]);
    const text = await readFile(reportFile, "utf8").catch(() => undefined);
    return text === undefined ? result : { ...result, report: JSON.parse(text) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function runProgram(gate: Gate, extra: readonly string[]): Promise<ProgramResult> {
  const [program, ...parameters] = gate.command;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(program, [...parameters, ...extra], {
      cwd: repositoryRoot,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
      shell: process.platform === "win32",
    });
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nStopped: ${gate.name} took longer than ${gate.timeLimitSeconds} s.\n`));
      child.kill("SIGKILL");
    }, gate.timeLimitSeconds * 1000);
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => chunks.push(Buffer.from(`${program} could not be started: ${error.message}\n`)));
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode: exitCode ?? 1, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

function countAsOne(ok: boolean): TestCounts {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

function describe({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
