import { parseTicket, type Principal, type RunResult, type TicketDecision } from "@agentkit/core";
import { collect } from "../collect-option.ts";
import type { CliCommand, CommandContext } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { describePrincipal } from "../sessions/describe-principal.ts";
import { findTicket } from "../sessions/find-approval.ts";
import { exitCodeOfResult, printResult } from "../sessions/print-result.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface DecideFlags {
  readonly as: string;
  readonly role?: readonly string[];
  readonly reason?: string;
  readonly arguments?: string;
}

type Command = Parameters<NonNullable<CliCommand["configure"]>>[0];

/** `agentkit approvals approve <approval>`: lets a call run, with its own arguments or with others. */
export const approveCommand: CliCommand = {
  syntax: "approve <approval>",
  description: "Approve a call, named by its request's id or ticket, and drive its run on",
  access: "append",
  configure: (command) => {
    addApprover(command)
      .option("--arguments <json>", "run it with these arguments; the approval is bound to them, and the model is told")
      .option("--reason <text>", "why, for the record");
  },
  perform: (context) => decide(context, "approve"),
};

/** `agentkit approvals deny <approval>`: keeps a call from running. */
export const denyCommand: CliCommand = {
  syntax: "deny <approval>",
  description: "Deny a call, named by its request's id or ticket, and drive its run on",
  access: "append",
  configure: (command) => {
    addApprover(command).requiredOption("--reason <text>", "why; the model is told");
  },
  perform: (context) => decide(context, "deny"),
};

function addApprover(command: Command): Command {
  return command
    .requiredOption("--as <name>", "who decides, for the record")
    .option("--role <role>", "a role that the approver has; may be given several times", collect)
    .addHelpText(
      "after",
      "\nName and roles are taken as given and recorded so: whoever has the data directory and its key may decide.",
    );
}

async function decide(context: CommandContext, outcome: TicketDecision["outcome"]): Promise<ExitCode> {
  const { runtime, command, terminal, json } = context;
  const flags = command.opts<DecideFlags>();
  const ticket = await findTicket(context, command.args[0] ?? "");
  const approver = toApprover(flags);
  const result = await runtime.kit.decide(toDecision(ticket, outcome, { ...flags, approver }));
  const above = await readAbove(context, result);
  if (json) {
    terminal.json({ approval: parseTicket(ticket)?.approval, outcome, approver, result, above });
  } else {
    const done = outcome === "approve" ? terminal.colors.green("approved") : terminal.colors.yellow("denied");
    terminal.line(`${done}  by ${describePrincipal(approver)}`);
    for (const driven of [result, ...above]) await printResult(context, driven);
  }
  return [result, ...above].map(exitCodeOfResult).find((code) => code !== exitCode.ok) ?? exitCode.ok;
}

function toApprover({ as: user, role: roles = [] }: DecideFlags): Principal {
  return { user, roles };
}

function toDecision(
  ticket: string,
  outcome: TicketDecision["outcome"],
  flags: DecideFlags & { readonly approver: Principal },
): TicketDecision {
  const { approver, reason, arguments: edited } = flags;
  const given = { ticket, approver, signal: stopSignal(), ...(reason !== undefined && { reason }) };
  if (outcome === "deny") return { ...given, outcome };
  return { ...given, outcome, ...(edited !== undefined && { arguments: edited }) };
}

/** The runs that waited for this one, which were taken up when it ended. */
async function readAbove({ runtime }: CommandContext, { session, outcome }: RunResult): Promise<readonly RunResult[]> {
  if (outcome === "suspended") return [];
  const { kit } = runtime;
  const above: RunResult[] = [];
  let { parent } = await kit.load(session);
  while (parent !== undefined) {
    above.push(await kit.result(parent.session, parent.run));
    ({ parent } = await kit.load(parent.session));
  }
  return above;
}
