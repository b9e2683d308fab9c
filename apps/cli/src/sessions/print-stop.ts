import type { EventData, RunResult } from "@agentkit/core";
import type { CommandContext } from "../command.ts";
import { describeDecision } from "./describe-safety-event.ts";
import { readStop } from "./read-stop.ts";

/** Says of a run that the safety policy stopped (or the model's server, which has a filter of its own), or whose prompt it holds, why, and what lets it go on. */
export async function printStop(context: CommandContext, result: RunResult): Promise<void> {
  const kind = stopOf(result);
  if (kind === undefined) return;
  const { terminal, runtime, invocation } = context;
  const { colors } = terminal;
  const stop = await readStop(runtime.log, result);
  terminal.line();
  terminal.line(
    `  ${colors.bold(colors.yellow(kind))}  ${stop === undefined ? "by the model's server" : "by the safety policy"}`,
  );
  if (stop !== undefined) terminal.line(`    decision   ${describeDecision(stop)}`);
  terminal.line(`    ${colors.dim("see what led to it:")}`);
  terminal.line(`      ${invocation(`events ${result.session}`)}`);
  const rules = stop === undefined ? [] : rulesOf(stop);
  if (rules.length > 0) {
    terminal.line(`    ${colors.dim("if it is wrong, make an exception from the rule:")}`);
    for (const rule of rules) {
      const grant = `safety override --rule ${rule} --scope session:${result.session} --expires 1h --reason '<reason>'`;
      terminal.line(`      ${invocation(grant)}`);
    }
  }
  if (kind === "blocked") return;
  terminal.line(`    ${colors.dim("then, or once what failed works again, have it looked at again:")}`);
  terminal.line(`      ${invocation(`resume ${result.session}`)}`);
}

function stopOf({ outcome, reason, waiting }: RunResult): "blocked" | "held" | undefined {
  if (reason?.code === "content_filter") return "blocked";
  return outcome === "suspended" && waiting.length === 0 ? "held" : undefined;
}

function rulesOf({ rules }: EventData<"ModerationDecided">): readonly string[] {
  return [...new Set(rules.map(({ id }) => id))];
}
