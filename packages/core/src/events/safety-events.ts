import { z } from "zod";
import { defineEvent, onlyAdded } from "./define-event.ts";
import { contentHashSchema, countSchema, identifierSchema } from "./schemas.ts";

/** The places at which what passes through an agent is guarded. */
export const surfaceSchema = z.enum([
  "user_input",
  "assembled_prompt",
  "model_output",
  "tool_arguments",
  "tool_result",
  "memory_write",
  "outgoing_http",
  "append",
]);

const ruleHit = z.strictObject({
  id: identifierSchema,
  detector: z.string(),
  category: z.string(),
  score: z.number().min(0).max(1).optional(),
  threshold: z.number().min(0).max(1).optional(),
  count: countSchema,
  /** Where it matched, as offsets into the redacted text. */
  spans: z.array(z.tuple([countSchema, countSchema])).optional(),
});

/** A verdict on one surface. It never holds the text that matched. */
const moderationDecided = z.strictObject({
  surface: surfaceSchema,
  /** The tool call that it is about. */
  callId: identifierSchema.optional(),
  verdict: z.enum(["allow", "flag", "redact", "require_approval", "block"]),
  mode: z.enum(["observe", "enforce"]),
  rules: z.array(ruleHit),
  policy: z.strictObject({ id: identifierSchema, version: z.string(), hash: contentHashSchema }),
  /** The event id of the override that was applied. */
  override: identifierSchema.optional(),
  latencyMs: z.number().nonnegative(),
  /** A detector that failed, and which way the rule says to fail. */
  degraded: z
    .strictObject({ provider: z.string(), reason: z.string(), failMode: z.enum(["closed", "queue", "open"]) })
    .optional(),
});

/** What was decided at one surface, as it is recorded. It never holds the text. */
export type ModerationDecision = z.infer<typeof moderationDecided>;

const overrideGranted = z.strictObject({
  rule: identifierSchema,
  reason: z.string().min(1),
  scope: z.string().min(1),
  /** UTC, as in the envelope's `time`. */
  expires: z.iso.datetime(),
});

/** Events of safety decisions. */
export const safetyEvents = {
  ModerationDecided: defineEvent(moderationDecided, { 1: onlyAdded }),
  OverrideGranted: defineEvent(overrideGranted),
} as const;
