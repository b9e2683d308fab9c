import { z } from "zod";
import { principalSchema } from "../access/principal.ts";
import { defineEvent, onlyAdded } from "./define-event.ts";
import { contentHashSchema, identifierSchema, metadataSchema } from "./schemas.ts";

const started = z.strictObject({
  run: identifierSchema,
  agent: identifierSchema,
  /** What the caller asked for beyond the agent's definition, by content hash where it can be long. */
  request: z
    .strictObject({
      instructions: contentHashSchema.optional(),
      tools: contentHashSchema.optional(),
      settings: contentHashSchema.optional(),
      metadata: metadataSchema.optional(),
      /** The conversation the caller named, as opposed to continuing by a previous response. */
      conversation: z.boolean().optional(),
      /** The run whose response the caller named as the previous one. */
      previousRun: identifierSchema.optional(),
      /** `false` when the caller asked that the response cannot be retrieved later. */
      store: z.boolean().optional(),
      /** On whose behalf the run acts; absent for nobody in particular. */
      principal: principalSchema.optional(),
      /** How many runs this one is nested in. */
      depth: z.number().int().positive().optional(),
      /** `untrusted` where the run that it is for holds what nobody vouches for. */
      trust: z.literal("untrusted").optional(),
    })
    .optional(),
});

const completed = z.strictObject({
  /** `answered`; `client_tools` when the caller has to run functions; `incomplete` when the model stopped early. */
  outcome: z.enum(["answered", "client_tools", "incomplete"]),
  /** Why it is incomplete. */
  reason: z.string().optional(),
});

/** Events of a run: one turn of the user, with everything the agent does for it. */
export const runEvents = {
  RunStarted: defineEvent(started, { 1: onlyAdded, 2: onlyAdded }),
  RunCompleted: defineEvent(completed),
  RunFailed: defineEvent(z.strictObject({ code: z.string(), message: z.string() })),
  RunCancelled: defineEvent(z.strictObject({ reason: z.string() })),
  RunSuspended: defineEvent(
    z.strictObject({
      /** `moderation`: what the user said is held until a person lets it go on, or its moderation can answer. */
      reason: z.enum(["outcome_unknown", "approval_required", "waiting", "moderation"]),
      calls: z.array(identifierSchema),
    }),
    { 1: onlyAdded, 2: onlyAdded },
  ),
  /** `continued`: what a suspended call waited for is there. */
  RunResumed: defineEvent(z.strictObject({ reason: z.enum(["interrupted", "decided", "continued"]) }), {
    1: onlyAdded,
  }),
} as const;
