import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { ErrorCode } from "../errors/error-codes.ts";
import type { FunctionCallItem, Item } from "../model/items.ts";
import type { Model, ModelRequest, ModelResponse, ModelStreamPart } from "../model/model.ts";

/** One answer of a {@link scriptedModel}. */
export type ScriptedAnswer =
  | { readonly text: string; readonly incomplete?: string }
  | { readonly calls: readonly { readonly name: string; readonly arguments: unknown; readonly id?: string }[] }
  | { readonly error: ErrorCode; readonly retryable?: boolean; readonly after?: string }
  /** Says nothing until it is aborted. */
  | { readonly stall: true };

/** A model that answers from a script. */
export interface ScriptedModel extends Model {
  /** Every request it was given, in order. */
  readonly requests: readonly ModelRequest[];
}

/**
 * Makes a model that gives the answers of a script one after the other, text word by word. A function is asked for each
 * answer instead. A call without an id gets one that counts up.
 */
export function scriptedModel(
  script: readonly ScriptedAnswer[] | ((request: ModelRequest, index: number) => ScriptedAnswer),
): ScriptedModel {
  const requests: ModelRequest[] = [];
  const answerFor = (request: ModelRequest, index: number): ScriptedAnswer => {
    const answer = typeof script === "function" ? script(request, index) : script[index];
    if (answer !== undefined) return answer;
    throw new AgentKitError("model_request_rejected", `The script has no answer number ${index + 1}.`);
  };
  return {
    description: "a scripted model",
    requests,
    async *stream(request, { signal }) {
      const index = requests.push(request) - 1;
      const answer = answerFor(request, index);
      if ("stall" in answer) await untilAborted(signal);
      signal.throwIfAborted();
      for (const part of play(answer, index)) {
        yield part;
        signal.throwIfAborted();
      }
    },
  };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  throw new AgentKitError("aborted", "The model call was aborted.");
}

function* play(answer: ScriptedAnswer, index: number): Generator<ModelStreamPart, void> {
  if ("error" in answer) {
    if (answer.after !== undefined) yield* playText(answer.after, `msg_${index}`);
    throw new AgentKitError(answer.error, `Scripted failure ${answer.error}.`, {
      retryable: answer.retryable ?? false,
    });
  }
  if ("text" in answer) {
    const item = yield* playText(answer.text, `msg_${index}`);
    yield { type: "item.done", index: 0, item };
    yield { type: "completed", response: toResponse([item], index, answer.incomplete) };
  }
  if ("calls" in answer) {
    const items = answer.calls.map((call, place) => toCall(call, `${index}_${place}`));
    for (const [place, item] of items.entries()) {
      yield { type: "item.added", index: place, item: { ...item, arguments: "" } };
      yield { type: "arguments.delta", index: place, delta: item.arguments };
      yield { type: "item.done", index: place, item };
    }
    yield { type: "completed", response: toResponse(items, index) };
  }
}

function* playText(text: string, id: string): Generator<ModelStreamPart, Item> {
  const empty = { type: "message", role: "assistant", id, status: "in_progress", content: [] };
  yield { type: "item.added", index: 0, item: empty };
  for (const delta of text.match(/\S+\s*/g) ?? []) yield { type: "text.delta", index: 0, contentIndex: 0, delta };
  const content = [{ type: "output_text", text, annotations: [] }];
  return { ...empty, status: "completed", content };
}

function toCall(
  call: { readonly name: string; readonly arguments: unknown; readonly id?: string },
  suffix: string,
): FunctionCallItem {
  return {
    type: "function_call",
    id: `fc_${suffix}`,
    call_id: call.id ?? `call_${suffix}`,
    name: call.name,
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    status: "completed",
  };
}

function toResponse(output: readonly Item[], index: number, incomplete?: string): ModelResponse {
  return {
    id: `resp_scripted_${index}`,
    model: "scripted",
    status: incomplete === undefined ? "completed" : "incomplete",
    ...(incomplete !== undefined && { incompleteReason: incomplete }),
    output,
    usage: { uncachedInputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 0 },
  };
}
