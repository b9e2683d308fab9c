import type { Principal } from "../access/principal.ts";
import type { EventDraft } from "../events/catalogue.ts";
import { contentHash } from "../json/content-hash.ts";
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
  const { draft, decisions } = safety.redactor.draft(toEditDraft(call.callId, guarded.value), scope);
  const editedArguments = draft.type === "ToolCallApproved" ? (draft.data.arguments ?? "") : "";
  const taken = toDecided({ decisions }).map((decision) => onCall(decision, call.callId));
  // A person is looking at them.
  return {
    call: { ...call, editedArguments },
    decided: [...decided, ...taken],
    isBlocked: guarded.verdict === "block",
  };
}

// Redacted as in the event that will hold them, before they are hashed and signed.
function toEditDraft(callId: string, edited: string): EventDraft {
  return { type: "ToolCallApproved", data: { callId, argumentsHash: contentHash(edited), arguments: edited } };
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
