import { AgentKitError, type CallDecision, type RecoveredRun, type RunResult } from "@agentkit/core";
import { collect } from "../collect-option.ts";
import type { CliCommand, CommandContext } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { findSession } from "../sessions/find-session.ts";
import { exitCodeOfResult, printOutcome, printResult } from "../sessions/print-result.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface ResumeFlags {
  readonly retry?: readonly string[];
  readonly succeeded?: readonly string[];
  readonly failed?: readonly string[];
  readonly actor?: string;
  readonly force?: true;
}

/** `agentkit resume [session]`: takes up what was interrupted, and carries out what a person decided. */
export const resumeCommand: CliCommand = {
  syntax: "resume [session]",
  description: "Take up interrupted runs, or decide on a tool call whose outcome is unknown",
  access: "append",
  configure: (command) => {
    command
      .option("--succeeded <call=output>", "the call took effect; the model is told this output", collect)
      .option("--failed <call=reason>", "the call did not take effect; the model is told this reason", collect)
      .option("--retry <call>", "run the call again under the same idempotency key", collect)
      .option("--actor <name>", "who decides, for the record")
      .option("--force", "without a session: also runs that something may be driving");
  },
  perform: async (context) => {
    const [given] = context.command.args;
    const flags = context.command.opts<ResumeFlags>();
    const decisions = toDecisions(flags);
    if (given !== undefined) return resumeOne(context, given, { decisions, actor: flags.actor });
    if (decisions.length === 0) return resumeAll(context, flags.force === true);
    throw new AgentKitError(
      "input_invalid",
      `A decision needs the session: ${context.invocation("resume <session>")} ...`,
    );
  },
};

function toDecisions({ retry = [], succeeded = [], failed = [] }: ResumeFlags): readonly CallDecision[] {
  return [
    ...retry.map((callId) => ({ callId, outcome: "retry" as const })),
    ...succeeded.map((text) => {
      const { callId, words } = splitDecision("--succeeded", text);
      return { callId, outcome: "succeeded" as const, output: words };
    }),
    ...failed.map((text) => {
      const { callId, words } = splitDecision("--failed", text);
      return { callId, outcome: "failed" as const, message: words };
    }),
  ];
}

function splitDecision(option: string, text: string): { readonly callId: string; readonly words: string } {
  const place = text.indexOf("=");
  if (place > 0) return { callId: text.slice(0, place), words: text.slice(place + 1) };
  throw new AgentKitError("input_invalid", `${option} takes <call-id>=<text>, and not '${text}'.`);
}

interface Decided {
  readonly decisions: readonly CallDecision[];
  readonly actor: string | undefined;
}

async function resumeOne(context: CommandContext, given: string, { decisions, actor }: Decided): Promise<ExitCode> {
  const { runtime, terminal, json } = context;
  const session = await findSession(context, given);
  if (decisions.length > 0) await refuseApprovals(context, session, decisions);
  const result = await runtime.kit.resume(session, {
    decisions,
    signal: stopSignal(),
    ...(actor !== undefined && { actor: `person:${actor}` }),
  });
  if (json) terminal.json(result);
  else await printResult(context, result);
  return exitCodeOfResult(result);
}

/** What was not started has no outcome to decide on. */
async function refuseApprovals(
  { runtime, invocation }: CommandContext,
  session: string,
  decisions: readonly CallDecision[],
): Promise<void> {
  const { active } = await runtime.kit.load(session);
  const asked = decisions.find(({ callId }) => active?.calls.get(callId)?.status === "awaiting_approval");
  if (asked === undefined) return;
  const message = `Call '${asked.callId}' was not started: it waits for an approval. Decide on it with: ${invocation(`approvals ${session}`)}`;
  throw new AgentKitError("tool_call_not_waiting", message, { param: "decisions" });
}

/** What became of each session that a run was left open in. */
interface Sweep {
  readonly resumed: RunResult[];
  readonly suspended: RunResult[];
  /** Left alone, because something may be driving them. */
  readonly skipped: string[];
  readonly errors: { readonly session: string; readonly code: string; readonly message: string }[];
}

async function resumeAll(context: CommandContext, force: boolean): Promise<ExitCode> {
  const { runtime, terminal, json } = context;
  const runs = await runtime.kit.recover({
    olderThanMs: runtime.orphanedAfterMs,
    takeOver: force,
    signal: stopSignal(),
  });
  const sweep: Sweep = { resumed: [], suspended: [], skipped: [], errors: [] };
  for (const run of runs) sort(run, sweep);
  if (json) terminal.json(sweep);
  else await printSweep(context, sweep);
  return isClean(sweep) ? exitCode.ok : exitCode.no;
}

function sort(run: RecoveredRun, { resumed, suspended, skipped, errors }: Sweep): void {
  switch (run.status) {
    case "resumed":
      resumed.push(run.result);
      break;
    case "suspended":
      suspended.push(run.result);
      break;
    case "left_alone":
      skipped.push(run.session);
      break;
    case "failed":
      errors.push({ session: run.session, code: run.error.code, message: run.error.message });
      break;
  }
}

function isClean({ resumed, suspended, skipped, errors }: Sweep): boolean {
  const left = suspended.length + skipped.length + errors.length;
  return left === 0 && resumed.every((result) => exitCodeOfResult(result) === exitCode.ok);
}

async function printSweep(context: CommandContext, { resumed, suspended, skipped, errors }: Sweep): Promise<void> {
  const { terminal, invocation } = context;
  const { colors } = terminal;
  if (resumed.length + suspended.length + skipped.length + errors.length === 0) {
    terminal.line("Nothing to resume: no run is open.");
  }
  for (const result of resumed) await printResult(context, result);
  for (const result of suspended) await printOutcome(context, result);
  for (const { session, code, message } of errors)
    terminal.line(`${colors.red("error")}  ${session}: ${code}: ${message}`);
  for (const session of skipped) {
    terminal.line(`${colors.yellow("left alone")}  ${session}: something may be driving it, or was a moment ago.`);
  }
  if (skipped.length > 0) terminal.line(`Take over such runs with: ${invocation("resume --force")}`);
}
