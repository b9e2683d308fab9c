import type { EventDraft } from "../events/catalogue.ts";
import type { PlannedCall } from "../session/step.ts";
import type { EffectContext } from "./effect-context.ts";
import type { EffectOutput } from "./effect-set.ts";
import { toToolContext } from "./tool-call-context.ts";
import { toMessage, toText } from "./tool-outcome.ts";

/** Asks a tool what became of calls whose outcome is unknown. It only looks, so that asking twice does no harm. */
export async function* reconcileTools(
  calls: readonly PlannedCall[],
  context: EffectContext,
): AsyncGenerator<EffectOutput, void> {
  const drafts = await Promise.all(calls.map((planned) => reconcileOne(planned, context)));
  yield { type: "observed", drafts };
}

async function reconcileOne(planned: PlannedCall, context: EffectContext): Promise<EventDraft> {
  const { callId } = planned.call;
  const own = { signal: context.signal, note: () => undefined };
  try {
    const found = await planned.tool.reconcile?.(planned.input, toToolContext(planned, context, own));
    switch (found?.status) {
      case "succeeded":
        return { type: "ToolCallSucceeded", data: { callId, output: toText(found.output) } };
      case "failed":
        return { type: "ToolCallFailed", data: { callId, code: "tool_failed", message: toText(found.message) } };
      case "not_executed":
        return unknown(callId, "reconciled: it was not executed", "retry");
      default:
        return unknown(callId, "reconciled: the tool does not know either", "ask");
    }
  } catch (error) {
    return unknown(callId, `reconciling failed: ${toMessage(error)}`, "ask");
  }
}

function unknown(callId: string, reason: string, policy: "retry" | "ask"): EventDraft {
  return { type: "ToolCallOutcomeUnknown", data: { callId, reason, policy } };
}
