import type { EventData, EventDraft } from "../events/catalogue.ts";
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

const withheld = "[The safety policy withholds what the tool gave. The tool did run.]";

/**
 * Makes what looks at a call's output before it is recorded, or kept whole beside the log. The tool has run, whatever is decided:
 * an output that must not go on is withheld, and so is one that could not be looked at because the run was stopped.
 */
export function toAcceptOutput(
  { tool, call }: PlannedCall,
  context: EffectContext,
  note: (draft: EventDraft) => void,
): AcceptOutput {
  const declared = tool.trust === "untrusted";
  const { safety } = context.ports;
  if (safety === undefined) return async (text) => Promise.resolve({ text, ...toTrust(declared) });
  const scope = safetyScopeOf(context);
  return async (text) => {
    const subject = { surface: "tool_result", text, tool: tool.name } as const;
    const { verdict, value, decisions } = await safety.guard.text(subject, scope).catch(() => stopped);
    for (const decision of decisions) note({ type: "ModerationDecided", data: { ...decision, callId: call.callId } });
    const accepted = isBlocked(verdict) ? withheld : safety.redactor.text(value, scope);
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
