import { z } from "zod";
import { defineEvent, onlyAdded } from "./define-event.ts";
import { contentHashSchema, countSchema, itemSchema, jsonObjectSchema } from "./schemas.ts";

const started = z.strictObject({
  /** 1 for the first try, one more after each failure; an interruption is nobody's failure. */
  attempt: countSchema.min(1),
  model: z.string(),
  instructions: contentHashSchema.optional(),
  tools: contentHashSchema.optional(),
  settings: contentHashSchema.optional(),
  /** SHA-256 of the request's canonical JSON (RFC 8785). */
  requestHash: contentHashSchema,
});

const usage = z.strictObject({
  uncachedInputTokens: countSchema,
  cacheReadTokens: countSchema,
  cacheWriteTokens: countSchema,
  outputTokens: countSchema,
  reasoningTokens: countSchema,
});

const completed = z.strictObject({
  status: z.enum(["completed", "incomplete"]),
  incompleteReason: z.string().optional(),
  output: z.array(itemSchema),
  /** The provider's id of the answer and its name for the model that gave it. */
  responseId: z.string().optional(),
  model: z.string().optional(),
  usage: usage.optional(),
  /** The provider's usage object, untouched. */
  rawUsage: jsonObjectSchema.optional(),
  /** What it cost by the kit's prices, in millionths of a US dollar. */
  costMicroUsd: countSchema.optional(),
});

const failed = z.strictObject({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  /** Milliseconds the provider asked to wait. */
  retryAfterMs: z.number().nonnegative().optional(),
  /** Whether a part of the answer had already been handed to a reader, which rules a retry out. */
  delivered: z.boolean(),
});

/** Events of calls to a model. The start is in the log before the request leaves. */
export const modelEvents = {
  ModelCallStarted: defineEvent(started),
  ModelCallCompleted: defineEvent(completed, { 1: onlyAdded }),
  ModelCallFailed: defineEvent(failed),
} as const;
