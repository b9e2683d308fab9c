import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventData, EventDraft } from "../events/catalogue.ts";
import type { Model, ModelRequest, ModelResponse } from "../model/model.ts";
import type { EffectOutput } from "./effect-set.ts";

/** What a model call needs. */
export interface ModelEffectOptions {
  readonly model: Model;
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
  /** Whether somebody reads the deltas, so that a failure after the first one cannot be made good by a retry. */
  readonly streaming: boolean;
}

/** Calls the model, passes its deltas on and observes the outcome, whatever it is, as one event. */
export async function* callModel(options: ModelEffectOptions): AsyncGenerator<EffectOutput, void> {
  let delivered = false;
  let response: ModelResponse | undefined;
  try {
    for await (const part of options.model.stream(options.request, { signal: options.signal })) {
      if (part.type === "completed") {
        response = part.response;
      } else {
        delivered ||= options.streaming;
        yield { type: "delta", delta: part };
      }
    }
    if (response === undefined) throw streamEnded();
  } catch (error) {
    yield { type: "observed", drafts: [toFailure(error, delivered)] };
    return;
  }
  yield { type: "observed", drafts: [toCompletion(response)] };
}

function streamEnded(): AgentKitError {
  return new AgentKitError("model_stream_interrupted", "The model's stream ended before its last event.", {
    retryable: true,
  });
}

function toCompletion(response: ModelResponse): EventDraft {
  const { id, model, status, incompleteReason, output, usage, rawUsage } = response;
  const data: EventData<"ModelCallCompleted"> = {
    status,
    ...(incompleteReason !== undefined && { incompleteReason }),
    output: [...output],
    ...(id !== undefined && { responseId: id }),
    ...(model !== undefined && { model }),
    ...(usage !== undefined && { usage }),
    ...(rawUsage !== undefined && { rawUsage }),
  };
  return { type: "ModelCallCompleted", data };
}

function toFailure(error: unknown, delivered: boolean): EventDraft {
  if (!AgentKitError.is(error)) {
    const name = error instanceof Error ? error.name : typeof error;
    const message = `The model adapter failed with an unexpected ${name}.`;
    return { type: "ModelCallFailed", data: { code: "internal", message, retryable: false, delivered } };
  }
  const { code, message, retryable, retryAfterMs } = error;
  const data = { code, message, retryable, delivered, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return { type: "ModelCallFailed", data };
}
