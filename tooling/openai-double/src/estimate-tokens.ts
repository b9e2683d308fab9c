import type OpenAI from "openai";
import type { RequestContext } from "./assemble-context.ts";
import type { OutputItem } from "./response-object.ts";
import type { ResponsesBody } from "./responses-body.ts";

/** A token count for a text: a quarter of its UTF-8 bytes, rounded up. */
export function estimateTokens(value: string): number {
  return Math.ceil(Buffer.byteLength(value) / 4);
}

/**
 * The usage of one response. The conversation that `previous_response_id` names counts as cached, the rest of the input
 * as written to the cache.
 */
export function estimateUsage(
  body: ResponsesBody,
  context: RequestContext,
  output: readonly OutputItem[],
): OpenAI.Responses.ResponseUsage {
  const cached = context.previous.length === 0 ? 0 : estimateTokens(JSON.stringify(context.previous));
  const fresh = JSON.stringify([body.instructions ?? "", body.tools ?? [], context.input]);
  const inputTokens = cached + estimateTokens(fresh);
  const outputTokens = sumTokens(output);
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: inputTokens - cached },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: sumTokens(output.filter((item) => item.type === "reasoning")) },
    total_tokens: inputTokens + outputTokens,
  };
}

function sumTokens(items: readonly OutputItem[]): number {
  return items.reduce((sum, item) => sum + estimateTokens(spokenBy(item)), 0);
}

/** What the model itself produced of an item: neither identifiers nor the wrapping. */
function spokenBy(item: OutputItem): string {
  switch (item.type) {
    case "message":
      return item.content.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join("");
    case "function_call":
      return `${item.name}${item.arguments}`;
    case "reasoning":
      return item.summary.map((part) => part.text).join("");
  }
}
