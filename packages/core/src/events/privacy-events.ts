import { z } from "zod";
import { defineEvent } from "./define-event.ts";
import { contentHashSchema, identifierSchema } from "./schemas.ts";

/** Events of a person's rights over the data about them. */
export const privacyEvents = {
  SubjectErased: defineEvent(z.strictObject({ subject: identifierSchema, receipt: contentHashSchema })),
} as const;
