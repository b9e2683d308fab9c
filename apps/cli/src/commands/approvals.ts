import { AgentKitError, type ApprovalAuthority, type PendingApproval } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { describePrincipal, describeRoles } from "../sessions/describe-principal.ts";
import { listApprovals, readApprovals } from "../sessions/find-approval.ts";
import { findSession } from "../sessions/find-session.ts";
import { readRefusals, type RefusedAttempt } from "../sessions/read-refusals.ts";
import { toOneLine } from "../terminal/plain-text.ts";
import { defaultWidth, wrapLines } from "../terminal/side-by-side.ts";
import { printTable } from "../terminal/table.ts";
import { approveCommand, denyCommand } from "./decide-approval.ts";

interface ApprovalsFlags {
  readonly refused?: true;
  readonly key?: true;
}

/** `agentkit approvals [session]`: the tool calls that wait for an approval, and the attempts to approve that were refused. */
export const approvalsCommand: CliCommand = {
  syntax: "approvals [session]",
  description: "Show the tool calls that wait for an approval, and approve or deny them",
  access: "read",
  configure: (command) => {
    command
      .option("--refused", "show instead the attempts to decide that were refused, and why")
      .option("--key", "show instead the id and the public key of the key that signs approvals");
  },
  subcommands: [approveCommand, denyCommand],
  async perform(context) {
    const { runtime, command, terminal, json } = context;
    const flags = command.opts<ApprovalsFlags>();
    if (flags.key === true) return showKey(context);
    const [given] = command.args;
    const session = given === undefined ? undefined : await findSession(context, given);
    if (flags.refused === true) {
      const attempts = await readRefusals(runtime.log, session);
      if (json) terminal.json(attempts);
      else printRefusals(context, attempts);
      return exitCode.ok;
    }
    const requests = session === undefined ? await listApprovals(context) : await readApprovals(context, session);
    if (json) terminal.json({ approvals: requests });
    else printRequests(context, requests);
    return exitCode.ok;
  },
};

function showKey({ runtime, config, terminal, json }: CommandContext): ExitCode {
  const { approvals } = runtime;
  const publicKey = approvals && toPublicKey(approvals);
  if (approvals === undefined || publicKey === undefined) {
    const message = `No key that signs approvals is here: AGENTKIT_APPROVAL_KEY is not set, and ${config.environment.dataDirectory} has no approval.key.`;
    throw new AgentKitError("config_invalid", message);
  }
  const { keyId } = approvals;
  if (json) {
    terminal.json({ keyId, publicKey });
    return exitCode.ok;
  }
  terminal.line(`key id      ${keyId}`);
  terminal.line(`public key  ${publicKey}`);
  return exitCode.ok;
}

// The port asks for no public key; the authority that the gateway makes has one.
function toPublicKey(authority: ApprovalAuthority): string | undefined {
  return "publicKey" in authority && typeof authority.publicKey === "string" ? authority.publicKey : undefined;
}

function printRequests(context: CommandContext, requests: readonly PendingApproval[]): void {
  const { terminal } = context;
  if (requests.length === 0) terminal.line("Nothing waits for an approval.");
  const ids = requests.map(({ approval }) => approval);
  for (const [index, request] of requests.entries()) {
    if (index > 0) terminal.line();
    printRequest(context, request, shortest(request.approval, ids));
  }
}

/** The shortest beginning of an id, from 8 characters on, that no other one has. */
function shortest(id: string, ids: readonly string[]): string {
  let length = 8;
  while (ids.some((other) => other !== id && other.startsWith(id.slice(0, length)))) length += 1;
  return id.slice(0, length);
}

function printRequest(context: CommandContext, request: PendingApproval, id: string): void {
  const { terminal, invocation } = context;
  const { colors } = terminal;
  const { approval, session, agent, tool, callId, roles, policy, requestedAt, expires } = request;
  terminal.line(`${colors.bold(colors.yellow("approval required"))}  ${colors.bold(toOneLine(tool))}`);
  printField(context, "approval", approval);
  printField(context, "session", session);
  printField(context, "agent", `${agent}, call ${callId}`);
  printField(context, "arguments", request.arguments);
  printField(context, "approver", `${describeRoles(roles)} (policy ${policy})`);
  const over = Date.parse(expires) <= Date.now();
  printField(context, "since", `${toTime(requestedAt)}, ${over ? "expired" : "expires"} ${toTime(expires)}`);
  if (over) {
    terminal.line(`  its run goes on without it:  ${invocation(`resume ${session}`)}`);
    return;
  }
  const role = roles[0] === undefined ? "" : ` --role ${roles[0]}`;
  terminal.line(`  ${invocation(`approvals approve ${id} --as <name>${role}`)}`);
  terminal.line(`  ${invocation(`approvals deny ${id} --as <name>${role} --reason '<reason>'`)}`);
}

const margin = 14;

function printField({ terminal }: CommandContext, name: string, text: string): void {
  const lines = wrapLines(toOneLine(text), Math.max(20, (terminal.width ?? defaultWidth) - margin));
  for (const [index, line] of lines.entries()) {
    terminal.line(`  ${terminal.colors.dim((index === 0 ? name : "").padEnd(margin - 2))}${line}`);
  }
}

function toTime(time: string): string {
  return `${time.slice(0, 19).replace("T", " ")}Z`;
}

/** From this width on there is room for whole ids. */
const wide = 120;

function printRefusals({ terminal }: CommandContext, attempts: readonly RefusedAttempt[]): void {
  if (attempts.length === 0) {
    terminal.line("No attempt to decide on an approval was refused.");
    return;
  }
  const idLength = (terminal.width ?? wide) < wide ? 8 : undefined;
  const rows = attempts.map(({ time, session = "-", reason, outcome = "-", approver }) => [
    { text: toTime(time) },
    { text: session.slice(0, idLength) },
    { text: reason, paint: terminal.colors.red },
    { text: outcome },
    { text: describePrincipal(approver) },
  ]);
  printTable(terminal, ["TIME", "SESSION", "REFUSED", "DECISION", "APPROVER"], rows);
}
