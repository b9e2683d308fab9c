import type { Principal } from "../access/principal.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { SafetyScope } from "../safety/guard.ts";
import { toDecided } from "../safety/look-again.ts";
import type { SessionState } from "../session/session-state.ts";
import type { Awaiting } from "./pending-approval.ts";

/** A call as its approver wants it, and what was decided about it. */
export interface LookedAt {
  readonly call: Awaiting;
  readonly decided: readonly EventDraft[];
  readonly isBlocked: boolean;
}

/** What an approver writes goes where the model's arguments would: past the guard, and into the log without what must not be kept. */
export async function lookAtEdit({ ports }: KitContext, state: SessionState, call: Awaiting): Promise<LookedAt> {
  const { safety } = ports;
  const { editedArguments: text } = call;
  if (safety === undefined || text === undefined) return { call, decided: [], isBlocked: false };
  const scope = scopeOf(state);
  const guarded = await safety.guard.text({ surface: "tool_arguments", text, tool: call.item.name }, scope);
  const decided = toDecided(guarded).map((draft) => onCall(draft, call.callId));
  const kept = { ...call, editedArguments: safety.redactor.text(guarded.value, scope) };
  // A person is looking at them.
  return { call: kept, decided, isBlocked: guarded.verdict === "block" };
}

/** An approver as the log names them: what is signed is what is recorded. */
export function redactPrincipal({ ports }: KitContext, state: SessionState, { user, ...rest }: Principal): Principal {
  const { safety } = ports;
  if (user === undefined) return rest;
  return { ...rest, user: safety === undefined ? user : safety.redactor.text(user, scopeOf(state)) };
}

function scopeOf({ session, family, active }: SessionState): SafetyScope {
  const { turn, agent, request } = active ?? {};
  return { session, family, run: turn?.run, agent, tenant: request?.principal?.tenant };
}

function onCall(draft: EventDraft, callId: string): EventDraft {
  return draft.type === "ModerationDecided" ? { ...draft, data: { ...draft.data, callId } } : draft;
}
