import type { InlineModeration, JsonObject, JsonValue, ModelResponse } from "@agentkit/core";
import { isJsonObject } from "./json-object.ts";
import { defaultModerationModel } from "./openai-moderator.ts";
import { readModerationScores } from "./moderation-scores.ts";

/** Options of the moderation that the server makes of each request and its answer. */
export interface InlineModerationOptions {
  /** Default `omni-moderation-2024-09-26`: a dated model, so that thresholds mean tomorrow what they mean today. */
  readonly model?: string;
}

/** The request's `moderation`. The server only scores: to block is for the policy, which records why. */
export function toModerationRequest({ model = defaultModerationModel }: InlineModerationOptions): JsonObject {
  return { model, policy: { input: { mode: "score" }, output: { mode: "score" } } };
}

/**
 * Reads the `moderation` of a response. Where it was asked for, each side is a result or an error: a server that says nothing, or
 * something that cannot be read, has not moderated.
 */
export function readInlineModeration(value: JsonValue | undefined, isAsked: boolean): ModelResponse["moderation"] {
  if (!isAsked && !isJsonObject(value)) return undefined;
  const { input, output } = isJsonObject(value) ? value : {};
  return { input: readSide(input), output: readSide(output) };
}

function readSide(side: JsonValue | undefined): InlineModeration {
  if (side === undefined || side === null) return { type: "error", code: "moderation_missing" };
  const { type, code, model } = isJsonObject(side) ? side : {};
  const scored = type === "moderation_result" ? readModerationScores(side) : undefined;
  if (scored !== undefined && typeof model === "string") return { type: "scored", ...scored, model };
  return { type: "error", code: type === "error" && isCode(code) ? code : "moderation_invalid" };
}

/** A code is recorded; anything longer or looser could be a text that was moderated. */
function isCode(value: JsonValue | undefined): value is string {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value);
}
