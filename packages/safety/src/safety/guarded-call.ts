import type { ModelRequest, ModelStreamPart, ModerationDecision } from "@agentkit/core";
import type { Examination } from "./examination.ts";
import type { PromptGuard } from "./prompt-guard.ts";
import { createSurfaceRecord, type SurfaceRecord } from "./surface-record.ts";

/** A model call that is looked at: what is found in its prompt and in its answer. */
export interface GuardedCall {
  readonly examination: Examination;
  readonly prompts: PromptGuard;
  readonly request: ModelRequest;
  /** Whether the model's server moderates the call. */
  readonly isInline: boolean;
  readonly prompt: SurfaceRecord;
  readonly answer: SurfaceRecord;
  /** Tells what was decided and not told yet. */
  conclude(): readonly ModelStreamPart[];
  /** What a user reads in the place of what was withheld: the rules by name, or what could not be asked, and nothing of the text. */
  refusal(): string;
}

/** Begins to look at a model call. */
export function beginCall(
  examination: Examination,
  { prompts, request, isInline }: Pick<GuardedCall, "prompts" | "request" | "isInline">,
): GuardedCall {
  const prompt = createSurfaceRecord(examination, examination.context("assembled_prompt"));
  const answer = createSurfaceRecord(examination, examination.context("model_output"));
  const untold = new Set([prompt, answer].filter(({ context }) => examination.concerns(context.surface)));
  return {
    examination,
    prompts,
    request,
    isInline,
    prompt,
    answer,
    conclude: () =>
      [...untold].flatMap((record) => {
        if (!record.isBegun) return [];
        untold.delete(record);
        return record.conclude().decisions.map((decision) => ({ type: "moderation", decision }));
      }),
    refusal() {
      const rules = [...new Set([...prompt.blockers(), ...answer.blockers()])];
      if (rules.length > 0) return `The safety policy withholds this answer (${rules.join(", ")}).`;
      const unchecked = failureOf(prompt);
      const { provider, reason } = unchecked ?? failureOf(answer) ?? { provider: "safety", reason: "unknown" };
      const what = unchecked === undefined ? "answer" : "prompt of this answer";
      return `The ${what} cannot be checked at present (${provider}: ${reason}), and does not go on unchecked.`;
    },
  };
}

function failureOf(record: SurfaceRecord): ModerationDecision["degraded"] {
  return record.conclude().decisions.find(({ verdict, degraded }) => verdict === "block" && degraded !== undefined)
    ?.degraded;
}
