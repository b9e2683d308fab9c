import type { EventDraft } from "../events/catalogue.ts";
import type { EnginePorts } from "../run/engine-ports.ts";
import type { CallState } from "../session/call-state.ts";
import type { SessionState } from "../session/session-state.ts";
import { expiryOf, isAwaiting } from "./pending-approval.ts";

/** What happens to a suspended run because of what is there by now; empty while it has to wait on. */
export async function toWakeUp(ports: EnginePorts, state: SessionState): Promise<readonly EventDraft[]> {
  const { active } = state;
  if (active?.turn.status !== "suspended") return [];
  const expired = [...active.calls.values()].flatMap((call) => toExpired(call, ports));
  const goesOn = expired.length > 0 || (await someIsDue([...active.calls.values()], ports));
  return goesOn ? [...expired, { type: "RunResumed", data: { reason: "continued" } }] : [];
}

function toExpired(call: CallState, { clock }: EnginePorts): readonly EventDraft[] {
  if (!isAwaiting(call) || clock.now() < Date.parse(expiryOf(call.approval))) return [];
  const message = "Nobody approved the call in time.";
  const approval = { id: call.approval.id };
  return [{ type: "ToolCallDenied", data: { callId: call.callId, code: "approval_expired", message, approval } }];
}

async function someIsDue(calls: readonly CallState[], ports: EnginePorts): Promise<boolean> {
  for (const call of calls) if (await isDue(call, ports)) return true;
  return false;
}

async function isDue({ status, waitsFor }: CallState, ports: EnginePorts): Promise<boolean> {
  if (status !== "waiting" || waitsFor === undefined) return false;
  if (waitsFor.type === "time") return ports.clock.now() >= Date.parse(waitsFor.until);
  const child = await ports.sessions.load(waitsFor.session);
  // Over, or broken off: to take up the call takes up the sub-run. One that waits has to wait on, unless it is due itself.
  return child?.active?.turn.status !== "suspended" || (await toWakeUp(ports, child)).length > 0;
}
