import type { Answer } from "./answer.ts";
import { answerError, answerInstead, answerJson } from "./answer.ts";
import type { RequestContext } from "./assemble-context.ts";
import { assembleContext } from "./assemble-context.ts";
import type { Checked } from "./api-error.ts";
import { passed, refused } from "./api-error.ts";
import { defaultReply } from "./default-reply.ts";
import type { DoubleState } from "./double-state.ts";
import { isKnownModel } from "./double-state.ts";
import { estimateUsage } from "./estimate-tokens.ts";
import type { NextId } from "./id-source.ts";
import { moderateExchange } from "./inline-moderation.ts";
import { createOutputItems } from "./output-items.ts";
import { parseBody } from "./parse-body.ts";
import type { Ending } from "./replies.ts";
import type { ReplyPlan } from "./reply-plan.ts";
import { planReply } from "./reply-plan.ts";
import { toResponseEvents } from "./response-events.ts";
import type { ResponseObject } from "./response-object.ts";
import { startResponse } from "./response-object.ts";
import type { ResponsesBody } from "./responses-body.ts";
import { responsesBodySchema } from "./responses-body.ts";
import { takeReply } from "./rules.ts";
import { toScriptedRequest } from "./scripted-request.ts";
import { checkStrictSchemas } from "./strict-schema.ts";

/** Answers `POST /v1/responses`. */
export async function answerResponses(rawBody: unknown, state: DoubleState): Promise<Answer> {
  const checked = checkRequest(rawBody, state);
  if (!checked.ok) {
    return answerError(checked.error);
  }
  const { body, context } = checked.value;
  const scripted = toScriptedRequest(body, context);
  const plan = planReply((await takeReply(state.rules, scripted)) ?? []);
  const instead = answerInstead(plan);
  if (instead !== undefined) {
    return instead;
  }
  const spoken = speaks(plan) ? plan : { ...plan, output: planReply(defaultReply(scripted, body)).output };
  const nextId = state.nextId(JSON.stringify(rawBody));
  const started = startResponse(body, nextId("resp"), state.now());
  const finished = finishResponse(started, { ...checked.value, plan: spoken, nextId, state });
  remember(finished, context, state);
  return body.stream === true
    ? { kind: "events", events: toResponseEvents(started, finished), delivery: plan.delivery }
    : answerJson(finished, plan.delivery);
}

interface CheckedRequest {
  readonly body: ResponsesBody;
  readonly context: RequestContext;
}

function checkRequest(rawBody: unknown, state: DoubleState): Checked<CheckedRequest> {
  const parsed = parseBody(responsesBodySchema, rawBody);
  if (!parsed.ok) {
    return parsed;
  }
  const { model } = parsed.value;
  if (!isKnownModel(model, state)) {
    return refused(`The requested model '${model}' does not exist.`, { param: "model", code: "model_not_found" });
  }
  const strict = checkStrictSchemas(parsed.value);
  if (!strict.ok) {
    return strict;
  }
  const context = assembleContext(parsed.value, state.store);
  return context.ok ? passed({ body: parsed.value, context: context.value }) : context;
}

/** A reply that only scripts a fault, a pace or a failure leaves the words to the default; a failure may have none. */
function speaks(plan: ReplyPlan): boolean {
  return plan.output.length > 0 || plan.ending?.kind === "failed";
}

function finishResponse(
  started: ResponseObject,
  request: CheckedRequest & { readonly plan: ReplyPlan; readonly nextId: NextId; readonly state: DoubleState },
): ResponseObject {
  const { body, context, plan, nextId, state } = request;
  const sealed = body.include?.includes("reasoning.encrypted_content") ?? false;
  const output = createOutputItems(plan.output, { nextId, ending: plan.ending, sealed });
  return {
    ...started,
    ...toOutcome(plan.ending),
    completed_at: plan.ending === undefined ? state.now() : null,
    output,
    moderation: moderateExchange({ body, context, output, script: plan.moderation, words: state.moderationWords }),
    usage: estimateUsage(body, context, output),
  };
}

function toOutcome(ending: Ending | undefined): Pick<ResponseObject, "status" | "error" | "incomplete_details"> {
  switch (ending?.kind) {
    case undefined:
      return { status: "completed", error: null, incomplete_details: null };
    case "incomplete":
      return { status: "incomplete", error: null, incomplete_details: { reason: ending.reason } };
    case "failed":
      return {
        status: "failed",
        error: { code: ending.code, message: ending.message },
        incomplete_details: null,
      };
  }
}

function remember(response: ResponseObject, context: RequestContext, { store }: DoubleState): void {
  store.noteOutput(response.output);
  if (response.store) {
    store.keep({ response, context: [...context.previous, ...context.input, ...response.output] });
  }
}
