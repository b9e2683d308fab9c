import type { RunResult, WaitingCall } from "@agentkit/core";
import type { CommandContext } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { toOneLine, toPlainText } from "../terminal/plain-text.ts";
import { describeWait } from "./describe-wait.ts";
import { createCallMask } from "./mask-calls.ts";
import { printStop } from "./print-stop.ts";

/** Shows how a run stands, and for calls that wait what a person can type to decide. */
export async function printResult(context: CommandContext, result: RunResult): Promise<void> {
  const { terminal } = context;
  await printOutcome(context, result);
  if (result.text !== "" && result.outcome === "completed") terminal.line(toPlainText(result.text));
  for (const call of result.calls) {
    terminal.line(`  waits for the caller to run ${call.name}(${toOneLine(call.arguments)}), call ${call.call_id}`);
  }
}

/** Shows how a run stands, without its answer. */
export async function printOutcome(context: CommandContext, result: RunResult): Promise<void> {
  const { terminal } = context;
  const { colors } = terminal;
  const paint = exitCodeOfResult(result) === exitCode.ok ? colors.green : colors.yellow;
  const reason = result.reason === undefined ? "" : `: ${toOneLine(`${result.reason.code}: ${result.reason.message}`)}`;
  terminal.line(`${paint(result.outcome)}  ${result.session}${reason}`);
  for (const call of result.waiting) printWaiting(context, result.session, call);
  await printStop(context, result);
}

/** Whether the run came to an answer. */
export function exitCodeOfResult({ outcome }: RunResult): ExitCode {
  return outcome === "completed" || outcome === "client_tools" ? exitCode.ok : exitCode.no;
}

function printWaiting(context: CommandContext, session: string, call: WaitingCall): void {
  context.terminal.line();
  switch (call.reason) {
    case "outcome_unknown":
      printUnknown(context, session, call);
      break;
    case "approval_required":
      printApproval(context, session, call);
      break;
    case "waiting":
      printSuspended(context, call);
      break;
  }
}

function printUnknown(context: CommandContext, session: string, call: WaitingCall): void {
  const { terminal, invocation, runtime } = context;
  const { colors } = terminal;
  const decide = (option: string): string => invocation(`resume ${session} ${option}`);
  const times = call.attempts === 1 ? "once" : `${call.attempts} times`;
  terminal.line(`  ${colors.bold(colors.yellow("outcome unknown"))}  ${call.tool}, started ${times}`);
  terminal.line(`    call       ${call.callId}`);
  terminal.line(`    arguments  ${toOneLine(createCallMask(runtime)(call.tool, call.arguments))}`);
  terminal.line("    It may have taken effect or not: find out where its effect would show, and decide.");
  terminal.line(`    ${colors.dim("it took effect, and the model is told this output:")}`);
  terminal.line(`      ${decide(`--succeeded '${call.callId}=<output>'`)}`);
  terminal.line(`    ${colors.dim("it did not, and the model is told this reason:")}`);
  terminal.line(`      ${decide(`--failed '${call.callId}=<reason>'`)}`);
  terminal.line(`    ${colors.dim("run it again, under the same idempotency key:")}`);
  terminal.line(`      ${decide(`--retry ${call.callId}`)}`);
}

// Its arguments are shown where it is decided on, without those that the tool keeps from display.
function printApproval({ terminal, invocation }: CommandContext, session: string, call: WaitingCall): void {
  const { colors } = terminal;
  terminal.line(`  ${colors.bold(colors.yellow("approval required"))}  ${call.tool}, not started`);
  terminal.line(`    call       ${call.callId}`);
  terminal.line(`    ${colors.dim("see what it would do, and approve or deny it:")}`);
  terminal.line(`      ${invocation(`approvals ${session}`)}`);
}

function printSuspended({ terminal, invocation }: CommandContext, { tool, callId, waitsFor }: WaitingCall): void {
  const { colors } = terminal;
  terminal.line(`  ${colors.bold(colors.yellow("waiting"))}  ${tool}`);
  terminal.line(`    call       ${callId}`);
  if (waitsFor === undefined) return;
  terminal.line(`    waits for  ${describeWait(waitsFor)}`);
  if (waitsFor.type === "time") {
    terminal.line("    A gateway that serves this log goes on then; so does, from then on, agentkit resume.");
    return;
  }
  terminal.line(`    ${colors.dim("see what that run needs:")}`);
  terminal.line(`      ${invocation(`resume ${waitsFor.session}`)}`);
}
