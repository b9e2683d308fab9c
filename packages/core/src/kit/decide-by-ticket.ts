import { anonymous, parsePrincipal } from "../access/principal.ts";
import type { Principal } from "../access/principal.ts";
import { parseTicket } from "../approvals/approval-ticket.ts";
import type { ApprovalTicket } from "../approvals/approval-ticket.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { decodeEvent } from "../events/decode-event.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { RunResult } from "../run/run-result.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { ResumeOptions } from "./run-options.ts";

/** A decision on a request for an approval, which the ticket names. */
export type TicketDecision = {
  readonly ticket: string;
  /** Who decides, as the caller has authenticated them. */
  readonly approver: Principal;
  readonly reason?: string;
  readonly signal?: AbortSignal;
} & (
  | {
      readonly outcome: "approve";
      /** JSON text that takes the place of the arguments; the approval is bound to it. */
      readonly arguments?: string;
      /** The hash of the arguments that the approver has seen; refused where the call has others. */
      readonly argumentsHash?: string;
    }
  | { readonly outcome: "deny" }
);

type Resume = (session: string, options: ResumeOptions) => Promise<RunResult>;

/** Decides on the call that a ticket names, and takes its run up again. */
export async function decideByTicket(
  context: KitContext,
  resume: Resume,
  decision: TicketDecision,
): Promise<RunResult> {
  const { approver, signal, ...rest } = decision;
  const about = parseTicket(decision.ticket);
  const state = about && (await context.ports.sessions.load(about.session));
  if (about === undefined || state === undefined) {
    const attempt = {
      reason: "forged",
      decision,
      approver: parsePrincipal(approver) ?? anonymous,
      ticket: about,
    } as const;
    await recordRefusal(context, undefined, attempt);
    const message =
      "That is no ticket of a request for an approval. The attempt was recorded; look at the requests that are open.";
    throw new AgentKitError("approval_forged", message, { param: "ticket" });
  }
  const decisions = [{ ...rest, callId: about.callId }];
  for (let tries = 1; ; tries += 1) {
    try {
      return await resume(about.session, { decisions, approver, ...(signal && { signal }) });
    } catch (error) {
      const raced = AgentKitError.is(error) && error.code === "concurrency_conflict" && tries < maxTries;
      if (!raced || (await isDecidedBy(context, about, approver))) throw error;
    }
  }
}

/** How often a decision is made anew because another event came in between. */
const maxTries = 20;

// After a conflict the decision may be in the log, when it was a later append that lost.
async function isDecidedBy({ ports }: KitContext, ticket: ApprovalTicket, approver: Principal): Promise<boolean> {
  for await (const stored of ports.log.readStream(toSessionStream(ticket.session))) {
    const event = decodeEvent(stored);
    const isDecision = event.type === "ToolCallApproved" || event.type === "ToolCallDenied";
    const approval = isDecision ? event.data.approval : undefined;
    if (approval?.id !== ticket.approval) continue;
    return canonicalJson({ ...approval.approver }) === canonicalJson({ ...parsePrincipal(approver) });
  }
  return false;
}
