import type { Reconciliation } from "../agent/tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { PlannedCall } from "../session/step.ts";
import { toAcceptOutput } from "./accept-output.ts";
import type { OutcomeNotes } from "./accept-output.ts";
import type { EffectContext } from "./effect-context.ts";
import type { EffectOutput } from "./effect-set.ts";
import { toExecutionView } from "./execution-view.ts";
import { parseFailure, toMessage, toText } from "./parse-failure.ts";
import { toToolContext } from "./tool-call-context.ts";
import { sleepUnless } from "./tool-effect.ts";
import { toOutput } from "./tool-outcome.ts";

/** Asks a tool what became of calls whose outcome is unknown. It only looks, so that asking twice does no harm. */
export async function* reconcileTools(
  calls: readonly PlannedCall[],
  context: EffectContext,
): AsyncGenerator<EffectOutput, void> {
  const drafts = await Promise.all(
    calls.map(async (planned) => {
      const notes: EventDraft[] = [];
      const late: EventDraft[] = [];
      const outcome = await reconcileOne(planned, context, {
        before: (draft) => void notes.push(draft),
        after: (draft) => void late.push(draft),
      });
      return [...notes, outcome, ...late];
    }),
  );
  yield { type: "observed", drafts: drafts.flat() };
}

async function reconcileOne(planned: PlannedCall, context: EffectContext, notes: OutcomeNotes): Promise<EventDraft> {
  const { callId } = planned.call;
  const accept = toAcceptOutput(planned, context, notes);
  try {
    const found = await askInTime(planned, context, notes.before);
    switch (found?.status) {
      case "succeeded": {
        const { text, ...trust } = await accept(found.output);
        return {
          type: "ToolCallSucceeded",
          data: { callId, ...(await toOutput(planned.tool, text, context.ports.blobs)), ...trust },
        };
      }
      case "failed": {
        const { text, ...trust } = await accept(toText(found.message));
        return { type: "ToolCallFailed", data: { callId, code: "tool_failed", message: toMessage(text), ...trust } };
      }
      case "not_executed":
        return unknown(callId, "reconciled: it was not executed", "retry");
      default:
        return unknown(callId, "reconciled: the tool does not know either", "ask");
    }
  } catch (error) {
    const { text } = await accept(parseFailure(error).message);
    return unknown(callId, `reconciling failed: ${toMessage(text)}`, "ask");
  }
}

// A tool that hangs while it looks must not keep the run from asking a person.
async function askInTime(
  planned: PlannedCall,
  context: EffectContext,
  note: OutcomeNotes["before"],
): Promise<Reconciliation | undefined> {
  const { tool } = planned;
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const own = { signal, note, runAgent: refuseToRun };
  const ask = async () => {
    const { input } = await toExecutionView(planned, context);
    return tool.reconcile?.(input, toToolContext(planned, context, own));
  };
  const answer = ask().then((found) => ({ found }));
  const answered = new AbortController();
  const deadline = sleepUnless(context.ports.clock, tool.timeoutMs, AbortSignal.any([context.signal, answered.signal]));
  try {
    const first = await Promise.race([answer, deadline]);
    if (first !== undefined) return first.found;
    stop.abort(new AgentKitError("aborted", "The tool's time is up."));
    throw new Error(`the tool gave no answer within ${tool.timeoutMs} ms`);
  } finally {
    answered.abort("answered");
  }
}

async function refuseToRun(): Promise<never> {
  throw new AgentKitError("aborted", "A tool that finds out what became of a call runs no agent.");
}

function unknown(callId: string, reason: string, policy: "retry" | "ask"): EventDraft {
  return { type: "ToolCallOutcomeUnknown", data: { callId, reason, policy } };
}
