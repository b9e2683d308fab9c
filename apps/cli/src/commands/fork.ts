import { AgentKitError, type RunResult } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { findSession } from "../sessions/find-session.ts";
import { exitCodeOfResult, printOutcome, printResult } from "../sessions/print-result.ts";
import { requireAgent, requireModel } from "../sessions/require-agent.ts";
import { streamRun } from "../sessions/stream-run.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface ForkFlags {
  readonly at?: string;
  readonly instructions?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly input?: string;
  readonly run?: true;
}

/** `agentkit fork <session>`: a session that shares another's history up to an event, and differs from there. */
export const forkCommand: CliCommand = {
  syntax: "fork <session>",
  description: "Begin a session that shares another's history up to a revision",
  access: "append",
  configure: (command) => {
    command
      .option("--at <revision>", "the last revision to share; default: the newest")
      .option("--instructions <text>", "take the place of the agent's instructions in the fork")
      .option("--agent <name>", "the agent of the fork")
      .option("--model <name>", "the model of the fork")
      .option("--input <text>", "run on with this prompt")
      .option("--run", "take up the run that was under way at the revision");
  },
  async perform(context) {
    const { runtime, command, terminal, json } = context;
    const flags = command.opts<ForkFlags>();
    const at = toRevision(flags);
    const parent = await findSession(context, command.args[0] ?? "");
    const { agent, model, instructions } = flags;
    if (agent !== undefined) await requireAgent(runtime, agent);
    if (model !== undefined) await requireModel(runtime, model);
    const { session } = await runtime.kit.fork(parent, {
      ...(at !== undefined && { at }),
      ...(agent !== undefined && { agent }),
      ...(model !== undefined && { model }),
      ...(instructions !== undefined && { instructions }),
    });
    if (!json) terminal.line(`${terminal.colors.green("forked")}  ${session} from ${parent}${describePlace(at)}`);
    const result = await runOn(context, session, flags);
    if (json) terminal.json({ session, parent: { session: parent, revision: at }, result });
    return result === undefined ? exitCode.ok : exitCodeOfResult(result);
  },
};

function toRevision({ at, input, run }: ForkFlags): number | undefined {
  if (input !== undefined && run === true) {
    throw new AgentKitError(
      "input_invalid",
      "--input begins a new run and --run goes on with the open one: give one of them.",
    );
  }
  if (at === undefined) return undefined;
  if (/^\d{1,9}$/.test(at)) return Number(at);
  throw new AgentKitError("input_invalid", `--at takes a revision, a whole number from 0, and not '${at}'.`);
}

function describePlace(at: number | undefined): string {
  return at === undefined ? "" : ` at ${at}`;
}

async function runOn(context: CommandContext, session: string, flags: ForkFlags): Promise<RunResult | undefined> {
  const { runtime, json } = context;
  const { kit } = runtime;
  if (flags.input !== undefined) {
    const result = await streamRun(context, await kit.stream({ session, input: flags.input, signal: stopSignal() }));
    if (!json && exitCodeOfResult(result) !== exitCode.ok) printOutcome(context, result);
    return result;
  }
  const { active } = await kit.load(session);
  if (flags.run === true && active === undefined) {
    throw new AgentKitError("input_invalid", `No run was under way there; '${session}' waits for a prompt (--input).`);
  }
  if (flags.run === true) {
    const result = await kit.resume(session, { signal: stopSignal() });
    if (!json) printResult(context, result);
    return result;
  }
  if (!json) printNext(context, session, active !== undefined);
  return undefined;
}

function printNext({ terminal, invocation }: CommandContext, session: string, open: boolean): void {
  terminal.line(`  run on with a prompt:       ${invocation(`run --session ${session} "<text>"`)}`);
  if (open) terminal.line(`  or go on with its open run: ${invocation(`resume ${session}`)}`);
}
