import type { Agent, EventOf, FunctionTool, Item, JsonObject, JsonValue, RecordedEvent, Usage } from "@agentkit/core";
import type { ToApprovalItem } from "../approvals/approval-items.ts";
import { displayArguments } from "../approvals/display-arguments.ts";
import { isJsonArray, isJsonObject } from "../http/json.ts";
import { OutputFold } from "./output-fold.ts";
import type { OutputContext } from "./output-item.ts";
import { toConversationId, toResponseId } from "./response-id.ts";
import { toStanding } from "./run-standing.ts";
import type { RunStanding } from "./run-standing.ts";

/** What a caller asked for, as far as a response repeats it. */
export interface EchoedRequest {
  readonly instructions: string | undefined;
  readonly tools: readonly FunctionTool[];
  readonly settings: JsonObject;
}

/** Everything that a run's response is computed from. */
export interface RunRecord {
  readonly session: string;
  readonly run: string;
  /** Which of the run's responses it is, from 1. */
  readonly part: number;
  /** The run's events, in order, from its `RunStarted` on: those of the responses before, and those of this one. */
  readonly earlier: readonly RecordedEvent[];
  readonly events: readonly RecordedEvent[];
  /** Those of the code, which declare what of a call must not be shown. */
  readonly agents: readonly Agent[];
  readonly toApprovalItem: ToApprovalItem;
  /** Whether a safety policy may keep calls of the caller's functions from the caller. */
  readonly guarded: boolean;
  /** What sub-runs wait for, by the id of the event that ends the response. */
  readonly below: ReadonlyMap<string, readonly Item[]>;
  readonly request: EchoedRequest;
  readonly previousResponseId: string | undefined;
}

/** A response as the Responses API writes it, with every member present. */
export interface ResponseObject extends JsonObject {
  readonly id: string;
  readonly object: "response";
  readonly status: RunStanding["status"];
  readonly output: readonly Item[];
}

/**
 * The response of a run, computed from its events. What was answered to `POST`, what ends a stream and what `GET` returns
 * later is this one function of the log.
 *
 * @param standing How the run stands, where that is not in the log because the log could not take it.
 */
export function toResponse(record: RunRecord, known?: RunStanding): ResponseObject {
  const { events, request } = record;
  const started = [...record.earlier, ...events].find((event) => event.type === "RunStarted");
  const output = foldOutput(record);
  const standing = known ?? toStanding(events, output.items().some(isRequest));
  if (standing.status !== "in_progress") output.close();
  return {
    id: toResponseId(record),
    object: "response",
    created_at: toSeconds(events[0]?.time),
    status: standing.status,
    background: false,
    completed_at: standing.status === "completed" ? toSeconds(standing.time) : null,
    error: standing.status === "failed" ? toResponseError(standing.code, standing.message) : null,
    incomplete_details: standing.status === "incomplete" ? { reason: standing.reason } : null,
    instructions: request.instructions ?? null,
    output: output.items(),
    previous_response_id: record.previousResponseId ?? null,
    usage: toUsage(events),
    ...echoOrigin(record.session, started),
    ...echoSettings(request),
    tools: request.tools.map(toEchoedTool),
  };
}

/** What the shape of a run's output depends on. */
export function toOutputContext(record: RunRecord): OutputContext {
  const { session, run, part, request } = record;
  const { include } = request.settings;
  const asked = isJsonArray(include) && include.includes("reasoning.encrypted_content");
  const events = [...record.earlier, ...record.events];
  const kept = events.some((event) => event.type === "RunStarted" && event.data.request?.store === false);
  const place = part === 1 ? run : `${run}_${part}`;
  return {
    toId: (kind, index) => `${kind}_${place}_${index}`,
    toApprovalItem: (data, text) => record.toApprovalItem({ ...data, session, arguments: text }),
    toShownArguments: (tool, text) => displayArguments(record.agents, { tool, arguments: text }),
    below: record.below,
    clientTools: new Set(request.tools.map((tool) => tool.name)),
    encryptedReasoning: asked || kept,
  };
}

/** Folds the output of the responses before, which is what this one's calls are known from, and goes on to this one's. */
export function beginOutput(record: RunRecord, context: OutputContext): OutputFold {
  const fold = new OutputFold(context);
  for (const event of record.earlier) fold.accept(event);
  if (record.part > 1) fold.nextPart();
  return fold;
}

function foldOutput(record: RunRecord): OutputFold {
  const fold = beginOutput(record, toOutputContext(record));
  for (const event of record.events) fold.accept(event);
  return fold;
}

function isRequest(item: Item): boolean {
  return item.type === "mcp_approval_request";
}

function toSeconds(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

/** The codes of OpenAI's `ResponseError` that fit; everything else is a `server_error`. */
const responseErrorCodes: Readonly<Record<string, string>> = {
  model_context_length_exceeded: "invalid_prompt",
  model_quota_exceeded: "rate_limit_exceeded",
  model_rate_limited: "rate_limit_exceeded",
  model_request_rejected: "invalid_prompt",
};

function toResponseError(code: string, message: string): JsonObject {
  return { code: responseErrorCodes[code] ?? "server_error", message };
}

function toUsage(events: readonly RecordedEvent[]): JsonObject | null {
  const usages = events.flatMap((event) =>
    event.type === "ModelCallCompleted" && event.data.usage !== undefined ? [event.data.usage] : [],
  );
  if (usages.length === 0) return null;
  const sum = (pick: (usage: Usage) => number) => usages.reduce((total, usage) => total + pick(usage), 0);
  const cached = sum((usage) => usage.cacheReadTokens);
  const written = sum((usage) => usage.cacheWriteTokens);
  const input = sum((usage) => usage.uncachedInputTokens) + cached + written;
  const output = sum((usage) => usage.outputTokens);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: sum((usage) => usage.reasoningTokens) },
    total_tokens: input + output,
  };
}

function echoOrigin(session: string, started: EventOf<"RunStarted"> | undefined): JsonObject {
  const { request, agent } = started?.data ?? {};
  return {
    model: agent ?? "",
    conversation: request?.conversation === true ? { id: toConversationId(session) } : null,
    metadata: request?.metadata ?? {},
    store: request?.store ?? true,
  };
}

function echoSettings({ settings }: EchoedRequest): JsonObject {
  const given = (name: string, otherwise: JsonValue): JsonValue => settings[name] ?? otherwise;
  return {
    access_programs: null,
    frequency_penalty: 0,
    max_output_tokens: given("max_output_tokens", null),
    max_tool_calls: given("max_tool_calls", null),
    parallel_tool_calls: given("parallel_tool_calls", true),
    presence_penalty: 0,
    prompt: null,
    prompt_cache_key: given("prompt_cache_key", null),
    prompt_cache_retention: given("prompt_cache_retention", null),
    reasoning: { effort: null, summary: null, ...toObject(settings["reasoning"]) },
    safety_identifier: given("safety_identifier", null),
    service_tier: settings["service_tier"] === "auto" ? "default" : given("service_tier", "default"),
    temperature: given("temperature", 1),
    text: echoText(toObject(settings["text"])),
    tool_choice: given("tool_choice", "auto"),
    top_logprobs: given("top_logprobs", 0),
    top_p: given("top_p", 1),
    truncation: given("truncation", "disabled"),
    user: given("user", null),
  };
}

function echoText(text: JsonObject): JsonObject {
  const format = toObject(text["format"]);
  const shown = format["type"] === "json_schema" ? { description: null, strict: false, ...format } : format;
  return { format: { type: "text", ...shown }, verbosity: text["verbosity"] ?? "medium" };
}

// OpenAI makes functions strict unless the request says otherwise.
function toEchoedTool(tool: FunctionTool): JsonObject {
  return { ...tool, description: tool.description ?? null, strict: tool.strict ?? true };
}

function toObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
