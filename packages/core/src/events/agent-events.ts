import { z } from "zod";
import { defineEvent } from "./define-event.ts";
import { identifierSchema } from "./schemas.ts";

const handoffDecided = z.strictObject({
  to: identifierSchema,
  reason: z.string(),
  /** How much of the conversation goes along. */
  context: z.enum(["all", "summary", "none"]),
});

/** Events of agents that work together. A sub-run lives in a session of its own. */
export const agentEvents = {
  HandoffDecided: defineEvent(handoffDecided),
  SubRunStarted: defineEvent(
    z.strictObject({ session: identifierSchema, run: identifierSchema, agent: identifierSchema }),
  ),
  SubRunCompleted: defineEvent(
    z.strictObject({
      session: identifierSchema,
      run: identifierSchema,
      status: z.enum(["completed", "failed", "cancelled"]),
    }),
  ),
} as const;
