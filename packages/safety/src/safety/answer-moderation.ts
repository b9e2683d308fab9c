import type { InlineModeration, Model, ModelRequest } from "@agentkit/core";
import { judgeModeration, moderationRules } from "../moderation/moderate-text.ts";
import type { ModerationOutcome } from "../moderation/moderation-service.ts";
import { windowLength } from "../moderation/text-windows.ts";
import type { WindowOptions } from "./moderated-windows.ts";
import type { GuardedCall } from "./guarded-call.ts";

/** Whether the model's server moderates a request and its answer: always, or because the request asks for it. */
export function isModeratedInline({ isModerated = false }: Model, { settings }: ModelRequest): boolean {
  return isModerated || settings?.["moderation"] != null;
}

/**
 * How the answer to a request is moderated; nothing where no rule asks for it. Where the server moderates, its scores come with
 * the end of the answer, and nothing leaves before; a side that it has no scores for is scored by the service.
 */
export function moderateAnswer(call: GuardedCall): Pick<WindowOptions, "check" | "length"> | undefined {
  const { examination, prompt, answer, prompts, request, isInline: inline } = call;
  const outputRules = moderationRules(examination.policy, answer.context);
  const promptRules = inline ? moderationRules(examination.policy, prompt.context) : [];
  if (outputRules.length === 0 && promptRules.length === 0) return undefined;

  const isOutputBlocked = async (text: string, scores: InlineModeration | undefined): Promise<boolean> => {
    if (scores !== undefined) return answer.add(judgeModeration(outputRules, toOutcome(scores)));
    return answer.add(await answer.wait(() => examination.moderate(text, answer.context)));
  };
  const isPromptBlocked = async (scores: InlineModeration | undefined): Promise<boolean> => {
    if (scores !== undefined) return prompt.add(judgeModeration(promptRules, toOutcome(scores)));
    return prompt.wait(() => prompts.moderate(examination, prompt, request));
  };
  return {
    length: inline ? undefined : windowLength,
    async check(text, response) {
      const { input, output } = response?.moderation ?? {};
      const outputBlocked = outputRules.length > 0 && (await isOutputBlocked(text, output));
      const promptBlocked = promptRules.length > 0 && (await isPromptBlocked(input));
      return !outputBlocked && !promptBlocked;
    },
  };
}

function toOutcome(scores: InlineModeration): ModerationOutcome {
  return scores.type === "scored" ? scores : { type: "failed", reason: scores.code, isConfiguration: false };
}
