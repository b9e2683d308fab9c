import { z } from "zod";
import { principalSchema } from "../access/principal.ts";
import { defineEvent, onlyAdded } from "./define-event.ts";
import { contentHashSchema, countSchema, identifierSchema, metadataSchema } from "./schemas.ts";

const started = z.strictObject({
  agent: identifierSchema.optional(),
  metadata: metadataSchema.optional(),
  /** Who began a session that has no run yet; a run says itself on whose behalf it acts. */
  principal: principalSchema.optional(),
  /** The call of another session that this one was begun for. */
  parent: z.strictObject({ session: identifierSchema, run: identifierSchema, callId: identifierSchema }).optional(),
});

/** What a fork changes for every run that follows in it. */
const overrides = z.strictObject({
  agent: identifierSchema.optional(),
  model: identifierSchema.optional(),
  instructions: contentHashSchema.optional(),
});

const forked = z.strictObject({
  /** The session and the last revision of it that the fork shares. */
  parent: z.strictObject({ session: identifierSchema, revision: countSchema }),
  overrides: overrides.optional(),
  metadata: metadataSchema.optional(),
});

/** Content that other events name by hash: instructions, tool schemas, settings. Its stream is `content-<hash>`. */
const contentRecorded = z.strictObject({
  hash: contentHashSchema,
  kind: z.enum(["instructions", "tools", "settings", "policy"]),
  /** The text whose SHA-256 is `hash`: plain for instructions, canonical JSON for the others. */
  content: z.string(),
});

/** Events of a session's life. */
export const sessionEvents = {
  SessionStarted: defineEvent(started, { 1: onlyAdded }),
  SessionForked: defineEvent(forked),
  SessionEnded: defineEvent(z.strictObject({ reason: z.string() })),
  ContentRecorded: defineEvent(contentRecorded),
} as const;
