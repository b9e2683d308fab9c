import type { Answer } from "./answer.ts";
import { answerError, answerInstead, answerJson } from "./answer.ts";
import type { DoubleState } from "./double-state.ts";
import { createModerations, parseModerationsRequest } from "./moderations.ts";
import { planReply } from "./reply-plan.ts";
import { takeReply } from "./rules.ts";

/** Answers `POST /v1/moderations`. The list of models does not concern it: the moderation models always exist. */
export async function answerModerations(body: unknown, state: DoubleState): Promise<Answer> {
  const parsed = parseModerationsRequest(body);
  if (!parsed.ok) {
    return answerError(parsed.error);
  }
  const { model, subjects } = parsed.value;
  const text = subjects.map((subject) => subject.text).join("\n");
  const scripted = { endpoint: "moderations", model, text, toolOutputs: [], items: [], tools: [] } as const;
  const plan = planReply((await takeReply(state.rules, { ...scripted, body: { ...parsed.value } })) ?? []);
  const id = state.nextId(text)("modr");
  return answerInstead(plan) ?? answerJson(createModerations(parsed.value, id, state.moderationWords), plan.delivery);
}
