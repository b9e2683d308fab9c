import type { Principal } from "../access/principal.ts";
import type { ApprovalTicket } from "../approvals/approval-ticket.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventData } from "../events/catalogue.ts";
import { eventCatalogue } from "../events/catalogue.ts";
import { eventId } from "../events/event-id.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { ApprovalDecision } from "./run-options.ts";

/** An attempt to decide that was turned away. */
export interface RefusedAttempt {
  readonly reason: EventData<"ApprovalRefused">["reason"];
  readonly decision: Pick<ApprovalDecision, "outcome"> & { readonly callId?: string };
  readonly approver: Principal;
  readonly ticket: ApprovalTicket | undefined;
}

/** The stream that holds the refused attempts on a session; the last one for those that name no session there is. */
export function toApprovalStream(session: string | undefined): string {
  return session === undefined ? "unattributed-approvals" : `approvals-${session}`;
}

/** How often an attempt is written anew because another came in between. */
const maxTries = 20;

/**
 * Records a refused attempt, in a stream of its own: it must not get in the way of whoever drives the session.
 */
export async function recordRefusal(
  context: KitContext,
  session: string | undefined,
  attempt: RefusedAttempt,
): Promise<void> {
  const { log, clock } = context.ports;
  const stream = toApprovalStream(session);
  const { reason, decision, approver, ticket } = attempt;
  const data: EventData<"ApprovalRefused"> = {
    reason,
    ...(session !== undefined && { session }),
    ...(ticket && { approval: ticket.approval }),
    ...(decision.callId !== undefined && { callId: decision.callId.slice(0, 200) }),
    outcome: decision.outcome,
    approver,
  };
  const event = {
    id: eventId({ stream, run: context.ids.next(), step: 0, index: 0 }),
    type: "ApprovalRefused",
    version: eventCatalogue.ApprovalRefused.version,
    time: new Date(clock.now()).toISOString(),
    data: { ...data },
    meta: {
      ...(session !== undefined && { session }),
      actor: approver.user === undefined ? "person:unknown" : `person:${approver.user}`,
    },
  };
  for (let tries = 1; ; tries += 1) {
    try {
      await log.append(stream, [event], { expected: (await log.head(stream)) ?? "no_stream" });
      return;
    } catch (error) {
      const raced = AgentKitError.is(error) && error.code === "concurrency_conflict";
      if (!raced || tries === maxTries) throw error;
    }
  }
}
