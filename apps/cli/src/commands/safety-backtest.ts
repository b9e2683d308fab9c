import { resolve } from "node:path";
import { AgentKitError, type AgentEvent, type EventLog, type EventType, parseEvent } from "@agentkit/core";
import { openPolicy, readPolicy } from "@agentkit/gateway";
import type { SafetyPolicy } from "@agentkit/safety";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { configuredDetectors } from "../safety/configured-detectors.ts";
import { parseTime } from "../safety/parse-time.ts";
import { printBacktest } from "../safety/print-backtest.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface BacktestFlags {
  readonly policy: string;
  readonly since?: string;
  readonly baseline?: string;
  readonly limitExamples?: string;
}

/** `agentkit safety backtest --policy <file>`: what another policy would have done with what is in the log. */
export const safetyBacktestCommand: CliCommand = {
  syntax: "backtest",
  description: "Try a policy on the recorded log: what it would newly block, redact or let through. Nothing is written",
  access: "read",
  configure: (command) => {
    command
      .requiredOption("--policy <file>", "the policy to try (.yaml .json .md .ts)")
      .option("--since <time>", "only events from then on: a duration such as 7d, a date, or a time in UTC")
      .option("--baseline <file>", "the policy to compare it with; default: the one in force")
      .option("--limit-examples <n>", "how many examples of each change at each surface; default: 3");
  },
  async perform(context) {
    const { runtime, terminal, json, command } = context;
    const flags = command.opts<BacktestFlags>();
    const examples = readLimit(flags.limitExamples);
    const since = flags.since === undefined ? undefined : readSince(flags.since);
    const { policy, baseline } = await readPolicies(context, flags);
    const { backtest } = await import("@agentkit/safety");
    const events = readRecorded(runtime.log, since);
    const report = await backtest(policy, events, { baseline, examples, signal: stopSignal() });
    if (json) terminal.json({ since: since === undefined ? null : new Date(since).toISOString(), ...report });
    else printBacktest(context, report, since);
    return exitCode.ok;
  },
};

function readLimit(written = "3"): number {
  if (/^\d{1,4}$/.test(written)) return Number(written);
  const message = `--limit-examples takes a number from 0 to 9999, and not '${written}'.`;
  throw new AgentKitError("input_invalid", message, { param: "limit-examples" });
}

function readSince(written: string): number {
  return parseTime(written, { option: "--since", now: Date.now(), direction: "past" });
}

async function readPolicies(
  { runtime, config }: CommandContext,
  { policy, baseline }: BacktestFlags,
): Promise<{ readonly policy: SafetyPolicy; readonly baseline: SafetyPolicy }> {
  const { safety } = runtime;
  const detectors = safety?.detectors ?? (await configuredDetectors(config));
  const read = async (path: string): Promise<SafetyPolicy> => readPolicy(resolve(path), detectors);
  const inForce = async (): Promise<SafetyPolicy> => safety?.activePolicy ?? openPolicy(config, detectors);
  return { policy: await read(policy), baseline: baseline === undefined ? await inForce() : await read(baseline) };
}

/** The events that a back-test looks at. */
const types: readonly EventType[] = [
  "PromptReceived",
  "ModelCallCompleted",
  "ToolCallSucceeded",
  "ToolCallFailed",
  "MemoryWritten",
  "ModerationDecided",
];

async function* readRecorded(log: EventLog, since: number | undefined): AsyncIterable<AgentEvent> {
  for await (const stored of log.readAll({ filter: { types } })) {
    if (since === undefined || Date.parse(stored.time) >= since) yield parseEvent(stored);
  }
}
