import { z } from "zod";
import { defineEvent } from "./define-event.ts";
import { countSchema, itemSchema } from "./schemas.ts";

const contextAssembled = z.strictObject({
  /**
   * The request's input is every item of the turns from this sequence number to that one. A sequence number counts the
   * events of a session's history, those of the sessions it was forked from included.
   */
  from: countSchema,
  to: countSchema,
  items: countSchema,
  /** The window that chose, with its settings, for instance `recent-turns(24,16000)`. */
  window: z.string(),
});

/** Events of what a model is going to see. */
export const promptEvents = {
  PromptReceived: defineEvent(z.strictObject({ items: z.array(itemSchema).min(1) })),
  ContextAssembled: defineEvent(contextAssembled),
} as const;
