import type { JsonObject } from "../json/json.ts";
import type { ModerationDecision } from "../events/safety-events.ts";
import type { Item } from "./items.ts";
import type { ModerationScores } from "./moderator.ts";

/** A function the model may call, as the Responses API writes it. */
export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description?: string | null;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject | null;
  readonly strict: boolean | null;
}

/**
 * Settings of a request, by the Responses API's own names and passed on as they are: `temperature`, `top_p`,
 * `max_output_tokens`, `tool_choice`, `parallel_tool_calls`, `reasoning`, `text`, `truncation`, `service_tier` …
 */
export type ModelSettings = JsonObject;

/** One request to a model. Its canonical JSON is what `ModelCallStarted.requestHash` commits to. */
export interface ModelRequest {
  readonly model: string;
  readonly instructions?: string;
  readonly input: readonly Item[];
  readonly tools?: readonly FunctionTool[];
  readonly settings?: ModelSettings;
}

/** Tokens of one model call, normalised so that nothing is counted twice. */
export interface Usage {
  /** Input tokens that were neither read from nor written to a cache. */
  readonly uncachedInputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** All output tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of `outputTokens` that was reasoning. */
  readonly reasoningTokens: number;
}

/** A model's finished answer. */
export interface ModelResponse {
  /** The provider's id of the answer. */
  readonly id?: string;
  /** The model that answered, as the provider names it. */
  readonly model?: string;
  /** `incomplete` when the model stopped early; never used for a stream that broke off, which is an error. */
  readonly status: "completed" | "incomplete";
  /** Why it is incomplete: `max_output_tokens`, `content_filter` … */
  readonly incompleteReason?: string;
  readonly output: readonly Item[];
  readonly usage?: Usage;
  /** The provider's usage object, untouched. */
  readonly rawUsage?: JsonObject;
  /** What the provider's own moderation said of the request and of the answer, where it was asked for. */
  readonly moderation?: { readonly input?: InlineModeration; readonly output?: InlineModeration };
}

/** What a provider's moderation said of one side of a model call, or why it could not. */
export type InlineModeration =
  | ({ readonly type: "scored" } & ModerationScores)
  | { readonly type: "error"; readonly code: string };

/** A piece of a model's answer while it is produced. `index` is the item's place in the answer's output. */
export type ModelStreamPart =
  | { readonly type: "item.added"; readonly index: number; readonly item: Item }
  | { readonly type: "text.delta"; readonly index: number; readonly contentIndex: number; readonly delta: string }
  | { readonly type: "refusal.delta"; readonly index: number; readonly contentIndex: number; readonly delta: string }
  | { readonly type: "arguments.delta"; readonly index: number; readonly delta: string }
  | { readonly type: "reasoning.delta"; readonly index: number; readonly summaryIndex: number; readonly delta: string }
  | { readonly type: "item.done"; readonly index: number; readonly item: Item }
  /** What a guard decided, about a call of the answer or about all of it. Models themselves give none. */
  | { readonly type: "moderation"; readonly decision: ModerationDecision }
  | { readonly type: "completed"; readonly response: ModelResponse };

/** Options of {@link Model.stream}. */
export interface ModelStreamOptions {
  readonly signal: AbortSignal;
}

/** A model a caller may name. */
export interface ModelInfo {
  readonly id: string;
  /** When it was made, in seconds since 1970, where the provider says so. */
  readonly created?: number;
  readonly ownedBy?: string;
}

/**
 * Something that answers a {@link ModelRequest}.
 *
 * An implementation must:
 * - end with exactly one `completed` part, or throw an `AgentKitError` whose `retryable` says whether the same request may
 *   succeed later (codes `model_*`, or `aborted` after the signal); a stream that ends early is `model_stream_interrupted`;
 * - give in `completed.response.output` exactly the items it announced by `item.done`, in order;
 * - stop its work and free its connection when the signal aborts or the caller stops reading;
 * - not retry by itself: each attempt is an event, and the engine decides on the next one.
 */
export interface Model {
  /** What the model is, for people: the provider and where it is, without credentials. */
  readonly description: string;
  /** Whether its answers bring what its provider's moderation says of them (`ModelResponse.moderation`). Default: they do not. */
  readonly isModerated?: boolean;
  stream(request: ModelRequest, options: ModelStreamOptions): AsyncIterable<ModelStreamPart>;
  /** The models that can be named in a request, where the provider can tell. */
  list?(options: ModelStreamOptions): Promise<readonly ModelInfo[]>;
}
