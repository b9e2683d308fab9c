import type { EventData, EventDraft } from "../events/catalogue.ts";
import type { ModerationDecision } from "../events/safety-events.ts";
import type { Guarded } from "../safety/guard.ts";
import { isBlocked } from "../safety/verdicts.ts";
import type { PlannedCall } from "../session/step.ts";
import type { EffectContext } from "./effect-context.ts";
import { safetyScopeOf } from "./effect-context.ts";

/** What of a tool's output may be recorded and shown to the model, and what it is worth. */
export interface AcceptedOutput extends Pick<EventData<"ToolCallSucceeded">, "trust"> {
  readonly text: string;
}

/** Looks at what a tool gave. */
export type AcceptOutput = (text: string) => Promise<AcceptedOutput>;

/** Takes events that belong before the outcome of a call, and those that belong right behind it. */
export interface OutcomeNotes {
  readonly before: (draft: EventDraft) => void;
  readonly after: (draft: EventDraft) => void;
}

const withheld = "[The safety policy withholds what the tool gave. The tool did run.]";

/**
 * Makes what looks at a call's output before it is recorded, or kept whole beside the log. The tool has run, whatever is decided:
 * an output that must not go on is withheld, and so is one that could not be looked at because the run was stopped.
 */
export function toAcceptOutput({ tool, call }: PlannedCall, context: EffectContext, notes: OutcomeNotes): AcceptOutput {
  const declared = tool.trust === "untrusted";
  const { safety } = context.ports;
  if (safety === undefined) return async (text) => Promise.resolve({ text, ...toTrust(declared) });
  const scope = safetyScopeOf(context);
  const { callId } = call;
  const toDraft = (decision: ModerationDecision): EventDraft => {
    return { type: "ModerationDecided", data: { ...decision, callId } };
  };
  return async (text) => {
    const subject = { surface: "tool_result", text, tool: tool.name } as const;
    const { verdict, value, decisions } = await safety.guard.text(subject, scope).catch(() => stopped);
    for (const decision of decisions) notes.before(toDraft(decision));
    const output = isBlocked(verdict) ? withheld : value;
    // Before it is cut, and kept whole beside the log: half of a value would be found by nobody.
    const kept = safety.redactor.draft({ type: "ToolCallSucceeded", data: { callId, output } }, scope);
    for (const decision of kept.decisions) notes.after(toDraft(decision));
    const accepted = kept.draft.type === "ToolCallSucceeded" ? kept.draft.data.output : withheld;
    return { text: accepted, ...toTrust(declared || decisions.some(tellsOfInjection)) };
  };
}

const stopped: Guarded<string> = { verdict: "block", value: "", decisions: [] };

/** Text that tries to instruct the model was not written by whom the tool speaks for. */
function tellsOfInjection({ rules }: Guarded<string>["decisions"][number]): boolean {
  return rules.some(({ category }) => category.startsWith("injection."));
}

function toTrust(isUntrusted: boolean): Pick<AcceptedOutput, "trust"> {
  return isUntrusted ? { trust: "untrusted" } : {};
}
