import { z } from "zod";
import type { WaitsFor } from "../agent/tool-context.ts";
import { principalSchema } from "../access/principal.ts";
import { defineEvent, onlyAdded } from "./define-event.ts";
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
  /** What the approval is bound to: SHA-256 of the exact arguments that the tool gets. */
  argumentsHash: contentHashSchema,
  reason: z.string().optional(),
  /** The arguments, where the approver changed what the model wrote. */
  arguments: z.string().optional(),
  /** The approval itself; absent where a person only let a call of unknown outcome run again. */
  approval: z
    .strictObject({
      id: identifierSchema,
      approver: principalSchema,
      /** The policy under which it was asked for. */
      policy: z.string(),
      /** When it may no longer be used, in UTC. */
      expires: z.iso.datetime(),
      /** The key that signed it, and the signature over the approval's statement. */
      keyId: identifierSchema,
      signature: z.string(),
    })
    .optional(),
});

const denied = z.strictObject({
  callId: identifierSchema,
  code: z.enum([
    "tool_not_found",
    "arguments_invalid",
    "refused",
    "access_denied",
    "approval_denied",
    "approval_expired",
    "handoff_refused",
    "content_blocked",
    "untrusted_content",
  ]),
  /** What the model is told. */
  message: z.string(),
  /** The approval that was denied or ran out, and who denied it. */
  approval: z.strictObject({ id: identifierSchema, approver: principalSchema.optional() }).optional(),
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

const succeeded = z.strictObject({
  callId: identifierSchema,
  /** What the model gets. */
  output: z.string(),
  /** The whole output, where it was too long for the model. */
  blob: z.strictObject({ hash: contentHashSchema, bytes: countSchema }).optional(),
  /** `untrusted` where it holds what somebody outside wrote, for which nobody here vouches. */
  trust: z.literal("untrusted").optional(),
});

const failed = z.strictObject({
  callId: identifierSchema,
  code: z.string(),
  message: z.string(),
  /** Milliseconds until it is tried again, where it is. */
  retryAfterMs: z.number().nonnegative().optional(),
  /** As of a result: a failure can quote what somebody outside wrote. */
  trust: z.literal("untrusted").optional(),
});

/** Schema of what a suspended call waits for. */
export const waitsForSchema: z.ZodType<WaitsFor> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("sub_run"), session: identifierSchema }),
  z.strictObject({ type: z.literal("time"), until: z.iso.datetime() }),
]);

const suspended = z.strictObject({ callId: identifierSchema, waitsFor: waitsForSchema });

/** Events of tool calls. The start is in the log before the tool runs. */
export const toolEvents = {
  ToolCallRequested: defineEvent(requested),
  ToolCallApproved: defineEvent(approved, { 1: onlyAdded }),
  ToolCallDenied: defineEvent(denied, { 1: onlyAdded, 2: onlyAdded }),
  ToolCallStarted: defineEvent(startedTool),
  ToolCallSucceeded: defineEvent(succeeded, { 1: onlyAdded, 2: onlyAdded }),
  ToolCallFailed: defineEvent(failed, { 1: onlyAdded, 2: onlyAdded }),
  ToolCallSuspended: defineEvent(suspended),
  ToolCallOutcomeUnknown: defineEvent(outcomeUnknown),
} as const;
