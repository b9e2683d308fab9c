import { z } from "zod";
import { defineEvent } from "./define-event.ts";
import { identifierSchema } from "./schemas.ts";

/** Events of judgements on what an agent did. */
export const evaluationEvents = {
  FeedbackReceived: defineEvent(
    z.strictObject({ event: identifierSchema, score: z.number(), comment: z.string().optional() }),
  ),
  GradeRecorded: defineEvent(
    z.strictObject({
      event: identifierSchema,
      scorer: identifierSchema,
      scorerVersion: z.string(),
      score: z.number().min(0).max(1),
      label: z.string().optional(),
      explanation: z.string().optional(),
    }),
  ),
} as const;
