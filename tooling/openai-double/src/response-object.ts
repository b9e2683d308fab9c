import type OpenAI from "openai";
import type { ResponsesBody } from "./responses-body.ts";

/** An item of a response's `output`, as far as the double makes them. */
export type OutputItem = OutputMessage | FunctionCallItem | ReasoningItem;

/** An assistant message in a response's output. */
export type OutputMessage = OpenAI.Responses.ResponseOutputMessage;

/** A function call in a response's output. */
export type FunctionCallItem = OpenAI.Responses.ResponseFunctionToolCallItem;

/** A reasoning item in a response's output. */
export type ReasoningItem = OpenAI.Responses.ResponseReasoningItem;

type Sdk = OpenAI.Responses.Response;

/**
 * A response as it is on the wire: what the SDK types, without the `output_text` that the SDK adds, and with every
 * member present. What may be null is null rather than missing.
 */
export interface ResponseObject extends Readonly<
  Pick<Sdk, "id" | "object" | "created_at" | "error" | "incomplete_details" | "access_programs" | "metadata" | "model">
> {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly background: boolean;
  readonly completed_at: number | null;
  readonly frequency_penalty: number;
  readonly instructions: string | null;
  readonly max_output_tokens: number | null;
  readonly max_tool_calls: number | null;
  /** Null where it was not asked for; otherwise what the double makes of it, or whatever a rule gives. */
  readonly moderation: unknown;
  readonly output: OutputItem[];
  readonly parallel_tool_calls: boolean;
  readonly presence_penalty: number;
  readonly previous_response_id: string | null;
  readonly prompt_cache_key: string | null;
  readonly reasoning: { readonly effort: string | null; readonly summary: string | null };
  readonly safety_identifier: string | null;
  readonly service_tier: string;
  readonly store: boolean;
  readonly temperature: number;
  readonly text: Readonly<Record<string, unknown>>;
  readonly tool_choice: unknown;
  readonly tools: readonly Readonly<Record<string, unknown>>[];
  readonly top_logprobs: number;
  readonly top_p: number;
  readonly truncation: "auto" | "disabled";
  readonly usage: OpenAI.Responses.ResponseUsage | null;
  readonly user: string | null;
}

/** The response as `response.created` shows it: in progress, with the request's settings echoed and no output. */
export function startResponse(body: ResponsesBody, id: string, createdAt: number): ResponseObject {
  return {
    id,
    object: "response",
    created_at: createdAt,
    status: "in_progress",
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    access_programs: null,
    moderation: null,
    output: [],
    usage: null,
    ...echoSettings(body),
    ...echoLimits(body),
  };
}

type EchoedLimits = Pick<
  ResponseObject,
  | "frequency_penalty"
  | "max_output_tokens"
  | "max_tool_calls"
  | "presence_penalty"
  | "temperature"
  | "top_logprobs"
  | "top_p"
  | "truncation"
>;

function echoLimits(body: ResponsesBody): EchoedLimits {
  return {
    frequency_penalty: 0,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    presence_penalty: 0,
    temperature: body.temperature ?? 1,
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? "disabled",
  };
}

function echoSettings(body: ResponsesBody) {
  return {
    instructions: body.instructions ?? null,
    metadata: body.metadata ?? {},
    model: body.model,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: echoReasoning(body.reasoning ?? {}),
    store: body.store ?? true,
    text: { ...body.text, format: echoFormat(body), verbosity: body.text?.verbosity ?? "medium" },
    tool_choice: body.tool_choice ?? "auto",
    tools: echoTools(body),
    ...echoIdentifiers(body),
  };
}

function echoReasoning(reasoning: NonNullable<ResponsesBody["reasoning"]>): ResponseObject["reasoning"] {
  return { effort: reasoning.effort ?? null, summary: reasoning.summary ?? null };
}

function echoIdentifiers(body: ResponsesBody) {
  return {
    prompt_cache_key: body.prompt_cache_key ?? null,
    safety_identifier: body.safety_identifier ?? null,
    service_tier: body.service_tier === "auto" ? "default" : (body.service_tier ?? "default"),
    user: body.user ?? null,
  };
}

function echoFormat(body: ResponsesBody): Readonly<Record<string, unknown>> {
  const format = body.text?.format ?? { type: "text" };
  return format.type === "json_schema"
    ? { ...format, description: format.description ?? null, strict: format.strict ?? false }
    : format;
}

/** OpenAI makes function tools strict unless the request says otherwise, and shows each of their members. */
function echoTools(body: ResponsesBody): readonly Readonly<Record<string, unknown>>[] {
  return (body.tools ?? []).map((tool) =>
    tool.type === "function" ? { description: null, parameters: null, ...tool, strict: tool.strict ?? true } : tool,
  );
}
