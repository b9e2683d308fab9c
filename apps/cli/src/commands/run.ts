import type { CliCommand } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { findSession } from "../sessions/find-session.ts";
import { printDemo } from "../sessions/print-demo.ts";
import { exitCodeOfResult, printOutcome } from "../sessions/print-result.ts";
import { requireAgent } from "../sessions/require-agent.ts";
import { streamRun } from "../sessions/stream-run.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface RunFlags {
  readonly session?: string;
  readonly agent?: string;
}

/** `agentkit run <text>`: one turn, with the answer on the terminal. */
export const runCommand: CliCommand = {
  syntax: "run <text>",
  description: "Say something to an agent and show its answer",
  access: "create",
  configure: (command) => {
    command
      .option("-s, --session <session>", "go on with this session; default: a new one")
      .option("-a, --agent <name>", "the agent to ask; needed when there are several");
  },
  async perform(context) {
    const { runtime, command, terminal, json, invocation } = context;
    const flags = command.opts<RunFlags>();
    const session = flags.session === undefined ? undefined : await findSession(context, flags.session);
    if (flags.agent !== undefined) await requireAgent(runtime, flags.agent);
    printDemo(context);
    const stream = await runtime.kit.stream({
      input: command.args[0] ?? "",
      signal: stopSignal(),
      ...(session !== undefined && { session }),
      ...(flags.agent !== undefined && { agent: flags.agent }),
    });
    const result = await streamRun(context, stream);
    if (json) terminal.json(result);
    else {
      const code = exitCodeOfResult(result);
      if (code !== exitCode.ok) await printOutcome(context, result);
      // A run that waits says itself what it needs, and a session takes no further one before.
      if (result.outcome !== "suspended") {
        terminal.note(terminal.colors.dim(`Go on with: ${invocation(`run --session ${result.session} "<text>"`)}`));
      }
    }
    return exitCodeOfResult(result);
  },
};
