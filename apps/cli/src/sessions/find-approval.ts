import {
  AgentKitError,
  type ApprovalTicket,
  parseEvent,
  type PendingApproval,
  sessionOfStream,
  toTicket,
} from "@agentkit/core";
import type { CommandContext } from "../command.ts";

/** The requests for an approval that are open in all sessions, each once, under the session of its call. */
export async function listApprovals(context: CommandContext): Promise<readonly PendingApproval[]> {
  const requests: PendingApproval[] = [];
  for (const { session, status, parent } of await context.runtime.sessions.read()) {
    // A fork shares with its parent a run that waits, and has no event of its own that says so.
    const mayWait = status === "suspended" || (status === "empty" && parent !== undefined);
    if (!mayWait) continue;
    const found = await readApprovals(context, session);
    requests.push(...found.filter((request) => request.session === session));
  }
  return requests;
}

/**
 * The requests of a session and of the sub-runs it waits for.
 *
 * @throws AgentKitError `config_invalid` when there is no key to make tickets by.
 */
export async function readApprovals(
  { runtime, config }: CommandContext,
  session: string,
): Promise<readonly PendingApproval[]> {
  const { kit } = runtime;
  if (runtime.approvals !== undefined) return kit.approvals(session);
  const { active } = await kit.load(session);
  const asked = [...(active?.calls.values() ?? [])].find(({ status }) => status === "awaiting_approval");
  if (asked === undefined) return [];
  const message = `A call of session '${session}' waits for an approval, and there is no key to sign one by: set AGENTKIT_APPROVAL_KEY, or the data directory whose approval.key it was asked for with (here: ${config.environment.dataDirectory}).`;
  throw new AgentKitError("config_invalid", message);
}

/**
 * The ticket of the request that a person means: by the ticket itself, by the request's id, or by a beginning that only one
 * open request has, or else one that is open no more. What became of that is for the kit to say, which records the attempt.
 *
 * @throws AgentKitError `approval_not_waiting`, or `input_invalid` when several requests begin so.
 */
export async function findTicket(context: CommandContext, given: string): Promise<string> {
  // Only a ticket has a dot. Whether it is a genuine one is for the kit to say, which records that it was tried.
  if (given.includes(".")) return given;
  const requests = await listApprovals(context);
  const matches = requests.filter(({ approval }) => given !== "" && approval.startsWith(given));
  const [first, ...others] = matches;
  if (first === undefined) {
    const ticket = await findClosed(context, given);
    if (ticket !== undefined) return ticket;
    const message = `No open request for an approval has the id '${given}'. See which there are with: ${context.invocation("approvals")}`;
    throw new AgentKitError("approval_not_waiting", message, { param: "approval" });
  }
  if (others.length === 0) return first.ticket;
  const message = `'${given}' is the beginning of ${matches.length} open requests: ${matches.map(({ approval }) => approval).join(", ")}.`;
  throw new AgentKitError("input_invalid", message, { param: "approval" });
}

/** The fewest characters by which a request that is open no more is taken for the one meant: as many as are shown. */
const shortestBeginning = 8;

async function findClosed({ runtime }: CommandContext, given: string): Promise<string | undefined> {
  const { log, approvals } = runtime;
  if (approvals === undefined || given.length < shortestBeginning) return undefined;
  const found: ApprovalTicket[] = [];
  for await (const stored of log.readAll({ filter: { types: ["ApprovalRequested"] } })) {
    const event = parseEvent(stored);
    const session = sessionOfStream(stored.stream);
    if (event.type !== "ApprovalRequested" || session === undefined) continue;
    const { approval, callId, argumentsHash } = event.data;
    if (approval.startsWith(given)) found.push({ session, callId, approval, argumentsHash });
  }
  const [only, ...others] = found;
  return only === undefined || others.length > 0 ? undefined : toTicket(only, approvals);
}
