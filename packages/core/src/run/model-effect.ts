import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventData, EventDraft } from "../events/catalogue.ts";
import { costOf } from "../model/model-price.ts";
import type { PriceList } from "../model/model-price.ts";
import type { Model, ModelRequest, ModelResponse } from "../model/model.ts";
import { checkAnswer } from "./check-answer.ts";
import type { EffectOutput } from "./effect-set.ts";

/** What a model call needs. */
export interface ModelEffectOptions {
  readonly model: Model;
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
  readonly prices?: PriceList | undefined;
  /** Whether somebody reads the deltas, so that a failure after the first one cannot be made good by a retry. */
  readonly streaming: boolean;
}

/** Calls the model, passes its deltas on and observes the outcome, whatever it is, as one event. */
export async function* callModel(options: ModelEffectOptions): AsyncGenerator<EffectOutput, void> {
  let delivered = false;
  let completion: Completion | undefined;
  const decisions: EventDraft[] = [];
  try {
    options.signal.throwIfAborted();
    for await (const part of options.model.stream(options.request, { signal: options.signal })) {
      if (part.type === "completed") {
        completion = toCompletion(part.response, options);
      } else if (part.type === "moderation") {
        decisions.push({ type: "ModerationDecided", data: part.decision });
      } else {
        // An adapter that goes on after the abort is not read to its end.
        options.signal.throwIfAborted();
        delivered ||= options.streaming;
        yield { type: "delta", delta: part };
      }
    }
    if (completion === undefined) throw streamEnded();
    checkAnswer(completion);
  } catch (error) {
    const failure = toFailure(error, { delivered, aborted: options.signal.aborted });
    yield { type: "observed", drafts: [...decisions, failure] };
    return;
  }
  // A decision on a call comes after the answer that has it.
  yield { type: "observed", drafts: [completion, ...decisions] };
}

function streamEnded(): AgentKitError {
  return new AgentKitError("model_stream_interrupted", "The model's stream ended before its last event.", {
    retryable: true,
  });
}

type Completion = Extract<EventDraft, { type: "ModelCallCompleted" }>;

function toCompletion(response: ModelResponse, { request, prices }: ModelEffectOptions): Completion {
  const { id, model, status, incompleteReason, output, usage, rawUsage } = response;
  const price = (model === undefined ? undefined : prices?.(model)) ?? prices?.(request.model);
  const data: EventData<"ModelCallCompleted"> = {
    status,
    ...(incompleteReason !== undefined && { incompleteReason }),
    output: [...output],
    ...(id !== undefined && { responseId: id }),
    ...(model !== undefined && { model }),
    ...(usage !== undefined && { usage }),
    ...(rawUsage !== undefined && { rawUsage }),
    ...(usage !== undefined && price !== undefined && { costMicroUsd: costOf(usage, price) }),
  };
  return { type: "ModelCallCompleted", data };
}

interface Circumstances {
  readonly delivered: boolean;
  readonly aborted: boolean;
}

function toFailure(error: unknown, { delivered, aborted }: Circumstances): EventDraft {
  // What is thrown after an abort may be anything, the reason of the abort included.
  const known = AgentKitError.is(error) && !aborted ? error : toUnexpected(error, aborted);
  const { code, message, retryable, retryAfterMs } = known;
  const wait = retryAfterMs !== undefined && retryAfterMs >= 0 ? { retryAfterMs } : {};
  return { type: "ModelCallFailed", data: { code, message, retryable, delivered, ...wait } };
}

function toUnexpected(error: unknown, aborted: boolean): AgentKitError {
  if (aborted) return new AgentKitError("aborted", "The model call was aborted.");
  const name = error instanceof Error ? error.name : typeof error;
  return new AgentKitError("internal", `The model adapter failed with an unexpected ${name}.`);
}
