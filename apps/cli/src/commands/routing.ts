import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { accessWord, describeApproval, describeDenial, describeRefusal } from "../sessions/describe-access-event.ts";
import { describeAgentEvent, describeHandoff } from "../sessions/describe-agent-event.ts";
import { describeBehalf, describeRoles } from "../sessions/describe-principal.ts";
import { findSession } from "../sessions/find-session.ts";
import { createCallMask, type MaskCall } from "../sessions/mask-calls.ts";
import {
  readRouting,
  type RoutingRun,
  type RoutingStep,
  type SessionRouting,
  type StepEvent,
} from "../sessions/routing.ts";
import { toOneLine } from "../terminal/plain-text.ts";
import { defaultWidth, wrapLines } from "../terminal/side-by-side.ts";

/** `agentkit routing <session>`: who did what in a session, on whose behalf and why, down through its sub-runs. */
export const routingCommand: CliCommand = {
  syntax: "routing <session>",
  description: "Show from the log who was let do what, handed to whom, and approved by whom, sub-runs included",
  access: "read",
  async perform(context) {
    const { runtime, command, terminal, json } = context;
    const session = await findSession(context, command.args[0] ?? "");
    const routing = await readRouting(runtime.log, session);
    if (json) {
      terminal.json(routing);
      return exitCode.ok;
    }
    const { parent } = routing;
    const below = parent === undefined ? "" : `, for call ${parent.callId} of session ${parent.session}`;
    terminal.line(terminal.colors.bold(`session ${session}${below}`));
    if (routing.runs.length === 0) terminal.line("It has no runs yet.");
    printSession(context, routing, "");
    return exitCode.ok;
  },
};

function printSession(context: CommandContext, { runs, refused }: SessionRouting, indent: string): void {
  for (const run of runs) printRun(context, run, indent);
  for (const attempt of refused) {
    printLine(context, indent, { label: "refused", text: describeRefusal(attempt), alarming: true });
  }
}

function printRun(context: CommandContext, { run, agent, principal, status, steps }: RoutingRun, indent: string): void {
  const { terminal, runtime } = context;
  const mask = createCallMask(runtime);
  const behalf = describeBehalf(principal);
  const title = `${agent}${behalf}: ${status} · run ${run}`;
  for (const line of wrapLines(title, roomAfter(context, indent)))
    terminal.line(`${indent}${terminal.colors.bold(line.trimEnd())}`);
  for (const step of steps) {
    for (const row of toRows(step, mask)) printLine(context, indent, { ...row, revision: step.event.revision });
    if (step.below !== undefined) printSession(context, step.below, `${indent}    `);
  }
}

interface Row {
  readonly label: string;
  readonly text: string;
  readonly revision?: number;
  /** Whether something was kept from happening. */
  readonly alarming?: boolean;
}

function toRows({ event, tool }: RoutingStep, mask: MaskCall): readonly Row[] {
  switch (event.type) {
    case "AccessDecided": {
      const { callId, decisions } = event.data;
      return decisions.map(({ effect, rule, tools }) => ({
        label: accessWord(effect, callId),
        text: `${tools.join(", ")} (rule ${rule})${ofCall(callId)}`,
        alarming: effect === "deny",
      }));
    }
    case "HandoffDecided":
      return [{ label: "handoff", text: `${describeHandoff(event.data)}${ofCall(event.data.callId)}` }];
    case "SubRunStarted":
    case "SubRunCompleted":
      return [{ label: "sub-run", text: describeAgentEvent(event) ?? "" }];
    default:
      return [toApprovalRow(event, tool ?? "a call", mask)];
  }
}

type ApprovalEvent = Exclude<
  StepEvent,
  { readonly type: "AccessDecided" | "HandoffDecided" | "SubRunStarted" | "SubRunCompleted" }
>;

function toApprovalRow(event: ApprovalEvent, tool: string, mask: MaskCall): Row {
  const row = (label: string, what: string): Row => ({
    label,
    text: `${tool}, ${what}${ofCall(event.data.callId)}`,
    alarming: label === "voided" || label === "denied",
  });
  switch (event.type) {
    case "ApprovalRequested":
      return row("asked", `of ${describeRoles(event.data.roles)} (policy ${event.data.policy})`);
    case "ApprovalVoided":
      return row("voided", event.data.reason);
    case "ToolCallApproved":
      return row(
        "approved",
        describeApproval(event, (text) => mask(tool, text)),
      );
    case "ToolCallDenied":
      return row("denied", describeDenial(event.data));
  }
}

function ofCall(callId: string | undefined): string {
  return callId === undefined ? "" : ` · ${callId}`;
}

const columns = { revision: 6, label: 8 };

function printLine(context: CommandContext, indent: string, { label, text, revision, alarming = false }: Row): void {
  const { terminal } = context;
  const { colors } = terminal;
  const margin = `${indent}${" ".repeat(columns.revision + columns.label + 4)}`;
  const place = String(revision ?? "").padStart(columns.revision);
  const paint = alarming ? colors.red : colors.cyan;
  const first = `${indent}${colors.dim(place)}  ${paint(label.padEnd(columns.label))}  `;
  for (const [index, line] of wrapLines(toOneLine(text), roomAfter(context, margin)).entries()) {
    terminal.line(`${index === 0 ? first : margin}${line}`.trimEnd());
  }
}

function roomAfter({ terminal }: CommandContext, margin: string): number {
  return Math.max(20, (terminal.width ?? defaultWidth) - margin.length);
}
