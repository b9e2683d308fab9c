import type { RunResult, WaitingCall } from "@agentkit/core";
import type { CommandContext } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { toOneLine, toPlainText } from "../terminal/plain-text.ts";

/** Shows how a run stands, and for calls whose outcome is unknown what a person can type to decide. */
export function printResult(context: CommandContext, result: RunResult): void {
  const { terminal } = context;
  printOutcome(context, result);
  if (result.text !== "" && result.outcome === "completed") terminal.line(toPlainText(result.text));
  for (const call of result.calls) {
    terminal.line(`  waits for the caller to run ${call.name}(${toOneLine(call.arguments)}), call ${call.call_id}`);
  }
}

/** Shows how a run stands, without its answer. */
export function printOutcome(context: CommandContext, result: RunResult): void {
  const { terminal } = context;
  const { colors } = terminal;
  const paint = exitCodeOfResult(result) === exitCode.ok ? colors.green : colors.yellow;
  const reason = result.reason === undefined ? "" : `: ${toOneLine(`${result.reason.code}: ${result.reason.message}`)}`;
  terminal.line(`${paint(result.outcome)}  ${result.session}${reason}`);
  for (const call of result.waiting) printWaiting(context, result.session, call);
}

/** Whether the run came to an answer. */
export function exitCodeOfResult({ outcome }: RunResult): ExitCode {
  return outcome === "completed" || outcome === "client_tools" ? exitCode.ok : exitCode.no;
}

function printWaiting({ terminal, invocation }: CommandContext, session: string, call: WaitingCall): void {
  const { colors } = terminal;
  const decide = (option: string): string => invocation(`resume ${session} ${option}`);
  const times = call.attempts === 1 ? "once" : `${call.attempts} times`;
  terminal.line();
  terminal.line(`  ${colors.bold(colors.yellow("outcome unknown"))}  ${call.tool}, started ${times}`);
  terminal.line(`    call       ${call.callId}`);
  terminal.line(`    arguments  ${toOneLine(call.arguments)}`);
  terminal.line("    It may have taken effect or not: find out where its effect would show, and decide.");
  terminal.line(`    ${colors.dim("it took effect, and the model is told this output:")}`);
  terminal.line(`      ${decide(`--succeeded '${call.callId}=<output>'`)}`);
  terminal.line(`    ${colors.dim("it did not, and the model is told this reason:")}`);
  terminal.line(`      ${decide(`--failed '${call.callId}=<reason>'`)}`);
  terminal.line(`    ${colors.dim("run it again, under the same idempotency key:")}`);
  terminal.line(`      ${decide(`--retry ${call.callId}`)}`);
}
