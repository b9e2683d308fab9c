import type { Answer } from "./answer.ts";
import { answerError, answerInstead, answerJson } from "./answer.ts";
import type { DoubleState } from "./double-state.ts";
import { isKnownModel } from "./double-state.ts";
import { createEmbeddings, parseEmbeddingsRequest } from "./embeddings.ts";
import { planReply } from "./reply-plan.ts";
import { takeReply } from "./rules.ts";

/** Answers `POST /v1/embeddings`. */
export async function answerEmbeddings(body: unknown, state: DoubleState): Promise<Answer> {
  const parsed = parseEmbeddingsRequest(body);
  if (!parsed.ok) {
    return answerError(parsed.error);
  }
  const { model, texts } = parsed.value;
  if (!isKnownModel(model, state)) {
    return answerError({
      status: 404,
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
      type: "invalid_request_error",
      param: null,
      code: "model_not_found",
    });
  }
  const scripted = {
    endpoint: "embeddings",
    model,
    text: texts.join("\n"),
    toolOutputs: [],
    items: [],
    tools: [],
  } as const;
  const plan = planReply((await takeReply(state.rules, { ...scripted, body: { ...parsed.value } })) ?? []);
  return answerInstead(plan) ?? answerJson(createEmbeddings(parsed.value), plan.delivery);
}
