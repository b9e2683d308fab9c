import { z } from "zod";
import { defineEvent } from "./define-event.ts";
import { countSchema, identifierSchema } from "./schemas.ts";

const recalled = z.strictObject({
  query: z.string(),
  /** The embedding space and index version that answered. */
  space: z.string(),
  /** The text is in the event, so that a replay needs no store but the log. */
  memories: z.array(z.strictObject({ id: identifierSchema, text: z.string(), score: z.number() })),
});

const written = z.strictObject({
  memory: identifierSchema,
  text: z.string(),
  /** The events it was drawn from. */
  sources: z.array(identifierSchema),
  trust: z.enum(["user", "agent", "untrusted"]),
  expires: z.iso.datetime().optional(),
});

const compacted = z.strictObject({
  /** The sequence numbers that the summary stands for; the events stay. */
  from: countSchema,
  to: countSchema,
  summary: z.string(),
});

/** Events of what an agent remembers. */
export const memoryEvents = {
  MemoryRecalled: defineEvent(recalled),
  MemoryWritten: defineEvent(written),
  MemoryForgotten: defineEvent(z.strictObject({ memory: identifierSchema, reason: z.string() })),
  StateChanged: defineEvent(z.strictObject({ key: identifierSchema, value: z.json() })),
  ContextCompacted: defineEvent(compacted),
} as const;
