import { AgentKitError, type RunResult } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { type BranchPoint, readBranchPoint } from "../sessions/branch-point.ts";
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
    const next = await checkNext(context, await readBranchPoint(runtime.log, parent, at), flags);
    const { session } = await runtime.kit.fork(parent, {
      ...(at !== undefined && { at }),
      ...(agent !== undefined && { agent }),
      ...(model !== undefined && { model }),
      ...(instructions !== undefined && { instructions }),
    });
    if (!json) terminal.line(`${terminal.colors.green("forked")}  ${session} from ${parent}${describePlace(at)}`);
    const result = await runOn(context, session, { ...flags, ...next });
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

/** Refuses what cannot go on there before anything is written, and names the agent that a prompt is for. */
async function checkNext(
  { runtime }: CommandContext,
  point: BranchPoint,
  flags: ForkFlags,
): Promise<{ readonly agent?: string }> {
  const { agents, mcp } = runtime;
  if (flags.run === true && !point.open) {
    throw new AgentKitError(
      "input_invalid",
      "No run was under way there: fork without --run, or give a prompt (--input).",
    );
  }
  const agent = flags.agent ?? point.agent;
  if (flags.input === undefined) return {};
  if (agent !== undefined) {
    await requireAgent(runtime, agent);
    return { agent };
  }
  if (agents.length === 1 && mcp.agent === undefined) return {};
  const names = agents.map(({ name }) => name).join(", ");
  const message = `The session has not named an agent there, and there is more than one: give --agent, one of ${names}.`;
  throw new AgentKitError("input_invalid", message, { param: "agent" });
}

function describePlace(at: number | undefined): string {
  return at === undefined ? "" : ` at ${at}`;
}

async function runOn(context: CommandContext, session: string, flags: ForkFlags): Promise<RunResult | undefined> {
  const { runtime, json } = context;
  const { kit } = runtime;
  const { agent, input } = flags;
  if (input !== undefined) {
    const stream = await kit.stream({ session, input, signal: stopSignal(), ...(agent !== undefined && { agent }) });
    const result = await streamRun(context, stream);
    if (!json && exitCodeOfResult(result) !== exitCode.ok) await printOutcome(context, result);
    return result;
  }
  if (flags.run === true) {
    const result = await kit.resume(session, { signal: stopSignal() });
    if (!json) await printResult(context, result);
    return result;
  }
  if (!json) printNext(context, session, (await kit.load(session)).active !== undefined);
  return undefined;
}

function printNext({ terminal, invocation }: CommandContext, session: string, open: boolean): void {
  terminal.line(`  run on with a prompt:       ${invocation(`run --session ${session} "<text>"`)}`);
  if (open) terminal.line(`  or go on with its open run: ${invocation(`resume ${session}`)}`);
}
