import type { Item, JsonObject, JsonValue, Model, ModelInfo, ModelRequest, ModelStreamPart } from "@agentkit/core";
import type { Stream } from "openai/streaming";
import { createAnswerAssembler } from "./answer-assembler.ts";
import { type Exchange, createExchange } from "./exchange.ts";
import { type InlineModerationOptions, toModerationRequest } from "./inline-moderation.ts";
import { isJsonArray, isJsonObject } from "./json-object.ts";
import { type OpenAIConnection, type OpenAIConnectionOptions, createOpenAIConnection } from "./openai-connection.ts";
import { toProtocolError } from "./protocol-error.ts";
import { createServerCall } from "./server-call.ts";
import { toInterruptedError } from "./to-agent-kit-error.ts";
import { toResponseBody } from "./to-response-body.ts";

/** Options of {@link createOpenAIModel}. */
export interface OpenAIModelOptions extends OpenAIConnectionOptions {
  /**
   * Has OpenAI moderate each request and its answer, in the same call. The scores are in the answer's `moderation`, where a policy
   * decides on them; a side that was not scored is an error there and never missing. Other servers refuse the request.
   */
  readonly moderation?: InlineModerationOptions;
}

/** How long the rest of a stream is read after the answer is complete, so that its connection can be used again. */
const drainMs = 1_000;

/**
 * A {@link Model} on the official `openai` SDK: OpenAI's Responses API, or any server that speaks it, by `baseURL`.
 *
 * It always streams and stores nothing at the server (`store: false`), so the request carries the whole conversation.
 * The events of the stream are checked against each other; an answer that broke off or does not add up is an error and
 * never a short answer. It does not retry: each error says by `retryable` and `retryAfterMs` whether and when to.
 *
 * Errors: `config_invalid` when it is made without credentials; while it answers, the codes `model_*` and `aborted`.
 *
 * @example
 * ```ts
 * import { createOpenAIModel } from "@agentkit/openai";
 *
 * const model = createOpenAIModel({ apiKey: "none", baseURL: "http://127.0.0.1:11434/v1" });
 * console.log(model.description); // Responses API at 127.0.0.1:11434
 * ```
 */
export function createOpenAIModel(options: OpenAIModelOptions = {}): Model {
  const connection = createOpenAIConnection(options);
  const moderation = options.moderation && toModerationRequest(options.moderation);
  return {
    description: connection.server,
    ...(moderation !== undefined && { isModerated: true }),
    stream: (request, { signal }) => streamAnswer(connection, { request, moderation }, signal),
    list: async ({ signal }) => await listModels(connection, signal),
  };
}

async function* streamAnswer(
  { client, server, timeoutMs }: OpenAIConnection,
  { request, moderation }: { readonly request: ModelRequest; readonly moderation: JsonObject | undefined },
  signal: AbortSignal,
): AsyncGenerator<ModelStreamPart> {
  const body = toResponseBody(request, moderation);
  const exchange = createExchange(server, client.apiKey, textsOfRequest(request));
  const call = createServerCall(exchange, timeoutMs, signal);
  try {
    const opened = client.post<Stream<unknown>>("/responses", {
      body,
      stream: true,
      signal: call.signal,
      maxRetries: 0,
      timeout: timeoutMs,
    });
    const { data, response } = await call.wait(opened.withResponse(), "opening");
    requireEventStream(response, exchange);
    const events = data[Symbol.asyncIterator]();
    const answer = createAnswerAssembler(exchange, isJsonObject(body["moderation"]));
    while (!answer.complete) {
      const next = await call.wait(events.next(), "streaming");
      if (next.done === true) throw toInterruptedError(exchange);
      yield* answer.accept(next.value);
    }
    await call.drain(events, drainMs);
  } finally {
    call.end();
  }
}

/** A web page or a JSON body in place of a stream would otherwise look like a stream that ended early. */
function requireEventStream(response: Response, exchange: Exchange): void {
  const contentType = response.headers.get("content-type");
  if (contentType === null || contentType.toLowerCase().startsWith("text/event-stream")) return;
  throw toProtocolError(exchange, `it is '${contentType}' and not an event stream`);
}

async function listModels(
  { client, server, timeoutMs }: OpenAIConnection,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const exchange = createExchange(server, client.apiKey, []);
  const call = createServerCall(exchange, timeoutMs, signal);
  try {
    const options = { signal: call.signal, maxRetries: 0, timeout: timeoutMs };
    const list = await call.wait(client.get<unknown>("/models", options), "opening");
    const models = isJsonObject(list) ? list["data"] : undefined;
    if (!isJsonArray(models)) throw toProtocolError(exchange, "it is no list of models");
    return models.map((model) => toModelInfo(model, exchange));
  } finally {
    call.end();
  }
}

function toModelInfo(model: JsonValue, exchange: Exchange): ModelInfo {
  const { id, created, owned_by: ownedBy } = isJsonObject(model) ? model : {};
  if (typeof id !== "string") throw toProtocolError(exchange, "a listed model has no id");
  return {
    id,
    ...(typeof created === "number" ? { created } : {}),
    ...(typeof ownedBy === "string" ? { ownedBy } : {}),
  };
}

/** What a request says, in words: what an error message must not repeat. */
function textsOfRequest(request: ModelRequest): readonly string[] {
  return [request.instructions ?? "", ...request.input.flatMap(textsOfItem)];
}

function textsOfItem(item: Item): readonly string[] {
  return [item["content"], item["output"], item["arguments"], item["summary"]].flatMap(textsOfValue);
}

function textsOfValue(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (!isJsonArray(value)) return [];
  return value.flatMap((part) => (isJsonObject(part) ? textsOfValue(part["text"]) : []));
}
