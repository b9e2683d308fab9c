import { z } from "zod";
import { defineEvent } from "./define-event.ts";
import { contentHashSchema, countSchema, identifierSchema } from "./schemas.ts";

/** What may be done when a tool was started and nobody knows what became of it. */
const unknownOutcomePolicySchema = z.enum(["retry", "reconcile", "ask", "fail"]);

const requested = z.strictObject({
  callId: identifierSchema,
  tool: z.string(),
  /** As the tool declared them when it was asked for; absent for a tool that does not exist. */
  sideEffects: z.enum(["none", "idempotent", "unsafe"]).optional(),
  onUnknownOutcome: unknownOutcomePolicySchema.optional(),
});

const approved = z.strictObject({
  callId: identifierSchema,
  /** What the approval is bound to: SHA-256 of the exact arguments as the model wrote them. */
  argumentsHash: contentHashSchema,
  reason: z.string().optional(),
});

const denied = z.strictObject({
  callId: identifierSchema,
  code: z.enum(["tool_not_found", "arguments_invalid", "refused"]),
  /** What the model is told. */
  message: z.string(),
});

const startedTool = z.strictObject({
  callId: identifierSchema,
  attempt: countSchema.min(1),
  /** The same for every attempt at this call. */
  idempotencyKey: identifierSchema,
});

const outcomeUnknown = z.strictObject({
  callId: identifierSchema,
  /** `interrupted`, `timed_out`, `cancelled`, or what reconciling found. */
  reason: z.string(),
  /** What happens next. */
  policy: unknownOutcomePolicySchema,
});

/** Events of tool calls. The start is in the log before the tool runs. */
export const toolEvents = {
  ToolCallRequested: defineEvent(requested),
  ToolCallApproved: defineEvent(approved),
  ToolCallDenied: defineEvent(denied),
  ToolCallStarted: defineEvent(startedTool),
  ToolCallSucceeded: defineEvent(z.strictObject({ callId: identifierSchema, output: z.string() })),
  ToolCallFailed: defineEvent(z.strictObject({ callId: identifierSchema, code: z.string(), message: z.string() })),
  ToolCallOutcomeUnknown: defineEvent(outcomeUnknown),
} as const;
