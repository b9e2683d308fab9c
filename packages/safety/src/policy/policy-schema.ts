import { surfaceSchema } from "@agentkit/core";
import { z } from "zod";
import type { SafetyPolicyDefinition } from "./safety-policy.ts";

const name = z.string().min(1).max(200);
// An empty list would match nothing, where its author may have meant everything.
const names = z.array(name).min(1);
const score = z.number().min(0).max(1);

const ruleSchema = z.strictObject({
  id: name,
  detector: name,
  categories: names.optional(),
  surfaces: z.array(surfaceSchema).min(1),
  agents: names.optional(),
  tenants: names.optional(),
  action: z.enum(["allow", "flag", "redact", "require_approval", "block"]),
  threshold: score.optional(),
  bands: z.record(name, z.strictObject({ review: score, block: score })).optional(),
  mode: z.enum(["observe", "enforce"]).optional(),
  onFailure: z.enum(["closed", "queue", "open"]),
  timeoutMs: z.number().positive().max(600_000).optional(),
  allow: names.optional(),
});

const restoreSchema = z.strictObject({
  categories: names,
  tools: names.optional(),
  fields: names.optional(),
  answer: z.boolean().optional(),
});

/** Schema of a {@link SafetyPolicyDefinition}: its shape. What its parts mean together is checked after. */
export const policySchema: z.ZodType<SafetyPolicyDefinition> = z.strictObject({
  id: name,
  version: name,
  rules: z.array(ruleSchema),
  restore: z.array(restoreSchema).optional(),
  untrusted: z.enum(["allow", "require_approval", "deny"]).optional(),
});
