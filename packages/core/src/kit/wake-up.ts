import type { EventDraft } from "../events/catalogue.ts";
import type { EnginePorts } from "../run/engine-ports.ts";
import type { CallState } from "../session/call-state.ts";
import type { SessionState } from "../session/session-state.ts";
import { lookAgain } from "../safety/look-again.ts";
import { expiryOf, isAwaiting } from "./pending-approval.ts";

/** How to look for what a suspended run waits for. */
export interface WakeUpOptions {
  /** Whether a sub-run that seems to be driven by somebody is taken up as well. */
  readonly takeOver: boolean;
}

/** What happens to a suspended run because of what is there by now; empty while it has to wait on. */
export async function toWakeUp(
  ports: EnginePorts,
  state: SessionState,
  options: WakeUpOptions,
): Promise<readonly EventDraft[]> {
  const { active } = state;
  if (active?.turn.status !== "suspended") return [];
  if (await isOrphan(ports, state))
    return [{ type: "RunCancelled", data: { reason: "The run that it was for is over." } }];
  if (active.prompt === "held") {
    const decided = await lookAgain(ports.safety, state);
    return decided.length === 0 ? [] : [...decided, { type: "RunResumed", data: { reason: "continued" } }];
  }
  const calls = [...active.calls.values()];
  const expired = calls.flatMap((call) => toExpired(call, ports));
  const goesOn = expired.length > 0 || isDecided(calls) || (await someIsDue(calls, ports, options));
  return goesOn ? [...expired, { type: "RunResumed", data: { reason: "continued" } }] : [];
}

/** Whether the call that a sub-run was begun for is over: then nobody waits for it any more, and it must not go on. */
export async function isOrphan({ sessions }: EnginePorts, { parent }: SessionState): Promise<boolean> {
  if (parent === undefined) return false;
  const above = await sessions.load(parent.session);
  const call = above?.active?.turn.run === parent.run ? above.active.calls.get(parent.callId) : undefined;
  return call === undefined || call.status === "settled";
}

// A fork taken right after a decision has all that it waited for.
function isDecided(calls: readonly CallState[]): boolean {
  const open = calls.filter(({ status }) => status !== "settled");
  return open.length === 0 || open.some(({ status }) => status === "requested");
}

function toExpired(call: CallState, { clock }: EnginePorts): readonly EventDraft[] {
  if (!isAwaiting(call) || clock.now() < Date.parse(expiryOf(call.approval))) return [];
  const message = "Nobody approved the call in time.";
  const approval = { id: call.approval.id };
  return [{ type: "ToolCallDenied", data: { callId: call.callId, code: "approval_expired", message, approval } }];
}

async function someIsDue(calls: readonly CallState[], ports: EnginePorts, options: WakeUpOptions): Promise<boolean> {
  for (const call of calls) if (await isDue(call, ports, options)) return true;
  return false;
}

async function isDue({ status, waitsFor }: CallState, ports: EnginePorts, options: WakeUpOptions): Promise<boolean> {
  if (status !== "waiting" || waitsFor === undefined) return false;
  if (waitsFor.type === "time") return ports.clock.now() >= Date.parse(waitsFor.until);
  const child = await ports.sessions.load(waitsFor.session);
  switch (child?.active?.turn.status) {
    case undefined:
      return true;
    case "suspended":
      return (await toWakeUp(ports, child, options)).length > 0;
    default:
      // Whoever drives it goes on with the run that waits for it.
      return options.takeOver;
  }
}
