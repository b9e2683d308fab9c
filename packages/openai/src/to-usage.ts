import type { JsonObject, JsonValue, Usage } from "@agentkit/core";
import { isJsonObject } from "./json-object.ts";

/**
 * Normalises the Responses API's usage, where `input_tokens` includes the tokens read from and written to the cache.
 * Details that a server leaves out count as none; without whole token counts there is no usage to tell.
 */
export function toUsage(raw: JsonObject): Usage | undefined {
  const input = toCount(raw["input_tokens"]);
  const output = toCount(raw["output_tokens"]);
  if (input === undefined || output === undefined) return undefined;
  const cacheReadTokens = Math.min(detail(raw["input_tokens_details"], "cached_tokens"), input);
  const cacheWriteTokens = Math.min(detail(raw["input_tokens_details"], "cache_write_tokens"), input - cacheReadTokens);
  return {
    uncachedInputTokens: input - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: output,
    reasoningTokens: Math.min(detail(raw["output_tokens_details"], "reasoning_tokens"), output),
  };
}

function detail(details: JsonValue | undefined, name: string): number {
  return isJsonObject(details) ? (toCount(details[name]) ?? 0) : 0;
}

function toCount(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
