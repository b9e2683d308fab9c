import { z } from "zod";
import { principalSchema } from "../access/principal.ts";
import { defineEvent, onlyAdded } from "./define-event.ts";
import { contentHashSchema, countSchema, identifierSchema } from "./schemas.ts";

const decided = z.strictObject({
  agent: identifierSchema,
  /** The call it is about; absent for the decision which tools the model is shown. */
  callId: identifierSchema.optional(),
  /** The policy that decided; absent where only the roles that tools declare were asked. */
  policy: z.strictObject({ id: identifierSchema, version: z.string(), hash: contentHashSchema }).optional(),
  /** What each rule decided, about which tools. */
  decisions: z.array(
    z.strictObject({ effect: z.enum(["allow", "deny"]), rule: identifierSchema, tools: z.array(z.string()) }),
  ),
});

const approvalRequested = z.strictObject({
  callId: identifierSchema,
  approval: identifierSchema,
  tool: z.string(),
  /** SHA-256 of the exact arguments. */
  argumentsHash: contentHashSchema,
  /** Roles of which an approver needs one. */
  roles: z.array(z.string()),
  /** The policy under which it is asked for. */
  policy: z.string(),
  validForMs: countSchema,
});

const approvalVoided = z.strictObject({
  callId: identifierSchema,
  approval: identifierSchema,
  reason: z.enum(["signature_invalid", "expired"]),
});

const approvalRefused = z.strictObject({
  reason: z.enum([
    "forged",
    "replayed",
    "expired",
    "arguments_mismatch",
    "role_missing",
    "not_waiting",
    "content_blocked",
  ]),
  /** What the attempt named, as far as it could be read. */
  session: identifierSchema.optional(),
  approval: identifierSchema.optional(),
  callId: identifierSchema.optional(),
  outcome: z.enum(["approve", "deny"]).optional(),
  approver: principalSchema,
});

/**
 * Events of who may do what. `ApprovalRefused`, an attempt to decide that was turned away, stands in a stream of its own,
 * `approvals-<session>`: an attempt that is refused must not get in the way of the run.
 */
export const accessEvents = {
  AccessDecided: defineEvent(decided),
  ApprovalRequested: defineEvent(approvalRequested),
  ApprovalVoided: defineEvent(approvalVoided),
  ApprovalRefused: defineEvent(approvalRefused, { 1: onlyAdded }),
} as const;
