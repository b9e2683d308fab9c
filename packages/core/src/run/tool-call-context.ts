import type { ToolContext } from "../agent/tool-context.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { PlannedCall } from "../session/step.ts";
import type { EffectContext } from "./effect-context.ts";

/** What a tool is told, and what it can do, while it serves a call. */
export function toToolContext(
  { call, idempotencyKey, attempt }: PlannedCall,
  context: EffectContext,
  own: { readonly signal: AbortSignal; readonly note: (draft: EventDraft) => void },
): ToolContext {
  const { ports, state, run, definition, budget, leave } = context;
  const { principal } = definition.access;
  const { callId } = call;
  const { session, active } = state;
  const order = {
    parent: { session, run, callId },
    idempotencyKey,
    principal,
    depth: active?.request.depth ?? 0,
    maxDepth: definition.agent.limits.depth,
    known: new Map(Object.entries(active?.linked ?? {})),
    budget,
    leave,
    ...own,
  };
  return {
    session,
    run,
    callId,
    idempotencyKey,
    attempt,
    signal: own.signal,
    principal,
    agent: definition.agent.name,
    runAgent: async (request) => ports.runAgent({ ...order, request }),
  };
}
