import { z } from "zod";
import { defineEvent, onlyAdded } from "./define-event.ts";
import { countSchema, identifierSchema, jsonObjectSchema } from "./schemas.ts";

const handoffDecided = z.strictObject({
  to: identifierSchema,
  reason: z.string(),
  /** How much of the conversation goes along. */
  context: z.enum(["all", "summary", "none"]),
  from: identifierSchema.optional(),
  /** The call by which the model asked for it. */
  callId: identifierSchema.optional(),
  /** What is passed on, where the handoff declares it. */
  input: jsonObjectSchema.optional(),
  /** What takes the conversation's place, for `summary`. */
  summary: z.string().optional(),
});

const subRunStarted = z.strictObject({
  session: identifierSchema,
  run: identifierSchema,
  agent: identifierSchema,
  /** The call that it serves. */
  callId: identifierSchema.optional(),
  /** Why this agent was chosen. */
  reason: z.string().optional(),
});

const subRunCompleted = z.strictObject({
  session: identifierSchema,
  run: identifierSchema,
  status: z.enum(["completed", "incomplete", "failed", "cancelled"]),
  callId: identifierSchema.optional(),
  /** What it and its own sub-runs used up. */
  spent: z
    .strictObject({
      modelCalls: countSchema,
      toolCalls: countSchema,
      tokens: countSchema,
      costMicroUsd: countSchema,
    })
    .optional(),
  /** `untrusted` where its session holds what nobody vouches for. */
  trust: z.literal("untrusted").optional(),
});

/** Events of agents that work together. A sub-run lives in a session of its own. */
export const agentEvents = {
  HandoffDecided: defineEvent(handoffDecided, { 1: onlyAdded }),
  SubRunStarted: defineEvent(subRunStarted, { 1: onlyAdded }),
  SubRunCompleted: defineEvent(subRunCompleted, { 1: onlyAdded, 2: onlyAdded }),
} as const;
