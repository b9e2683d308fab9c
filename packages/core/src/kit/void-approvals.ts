import { toApprovalStatement } from "../approvals/approval-statement.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { ApprovalState, CallState } from "../session/call-state.ts";
import type { ActiveRun, SessionState } from "../session/session-state.ts";

/**
 * The approvals in the log that do not hold when a run is taken up: not signed by this deployment for exactly this call of
 * this session, or out of date. Whoever can write to the log cannot approve by it, and a fork does not inherit an approval.
 * One that has been used is not too late for what follows from that use.
 */
export function toVoided(context: KitContext, state: SessionState, active: ActiveRun): readonly EventDraft[] {
  const place = { session: state.session, run: active.turn.run };
  return [...active.calls.values()].flatMap((call): readonly EventDraft[] => {
    const given = call.approval?.given;
    if (given === undefined || call.status === "settled") return [];
    const reason = faultOf(context, place, { call, given });
    return reason === undefined
      ? []
      : [{ type: "ApprovalVoided", data: { callId: call.callId, approval: given.id, reason } }];
  });
}

interface GivenApproval {
  readonly call: CallState;
  readonly given: NonNullable<ApprovalState["given"]>;
}

function faultOf(
  { authority, ports }: KitContext,
  place: { readonly session: string; readonly run: string },
  { call, given }: GivenApproval,
): "signature_invalid" | "expired" | undefined {
  const statement = toApprovalStatement(place, call, given);
  if (authority?.verify(statement, given.signature) !== true) return "signature_invalid";
  const unused = call.attempts === 0;
  return unused && ports.clock.now() >= Date.parse(given.expires) ? "expired" : undefined;
}
