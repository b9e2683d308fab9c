import type { ToolContext } from "../agent/tool-context.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { PlannedCall } from "../session/step.ts";
import { CallBranches } from "./call-branches.ts";
import { guardToolText } from "../safety/guard-tool-text.ts";
import { safetyScopeOf } from "./effect-context.ts";
import type { EffectContext } from "./effect-context.ts";

/** What a tool is told, and what it can do, while it serves a call. */
export function toToolContext(
  { call, tool, idempotencyKey, attempt }: PlannedCall,
  context: EffectContext,
  { note, ...own }: Pick<ToolContext, "signal" | "runAgent"> & Pick<AttemptPorts, "note">,
): ToolContext {
  const { ports, state, run, definition } = context;
  const scope = { ...safetyScopeOf(context), signal: own.signal };
  const guard = guardToolText({
    guard: ports.safety?.guard,
    callId: call.callId,
    tool: tool.name,
    scope,
    note,
  });
  return {
    session: state.session,
    run,
    callId: call.callId,
    idempotencyKey,
    attempt,
    principal: definition.access.principal,
    agent: definition.agent.name,
    guard,
    ...own,
  };
}

/** What a call's sub-runs get of the attempt that begins them. */
export interface AttemptPorts {
  readonly signal: AbortSignal;
  /** Puts an event into the log of the call's run. */
  readonly note: (draft: EventDraft) => void;
}

/** The sub-runs of an attempt at a call. */
export function toCallBranches(
  { call, idempotencyKey }: PlannedCall,
  context: EffectContext,
  own: AttemptPorts,
): CallBranches {
  const { ports, state, run, definition, budget, leave, unlessHeld } = context;
  const { session, active } = state;
  const known = new Map(Object.entries(active?.linked ?? {}));
  const order = {
    parent: { session, run, callId: call.callId },
    idempotencyKey,
    principal: definition.access.principal,
    depth: active?.request.depth ?? 0,
    isUntrusted: state.untrusted === true,
    maxDepth: definition.agent.limits.depth,
    known,
    budget,
    leave,
    unlessHeld,
    note: (draft: EventDraft): void => {
      if (draft.type === "SubRunStarted") known.set(draft.data.session, "started");
      if (draft.type === "SubRunCompleted") known.set(draft.data.session, "completed");
      own.note(draft);
    },
  };
  return new CallBranches(async (request, stop) => {
    return ports.runAgent({ ...order, request, signal: AbortSignal.any([own.signal, stop]) });
  });
}
