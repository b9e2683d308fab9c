import type { JsonValue, Principal, SideEffects } from "@agentkit/core";
import { z } from "zod";
import { type ArgumentCondition, argumentConditionSchema } from "./argument-condition.ts";

/** A rule that can be written as JSON. It matches a request that has one of the values of each list that is given. */
export interface AccessRuleData {
  /** Unique in its policy; the record of a decision names it. */
  readonly id: string;
  readonly effect: "allow" | "deny";
  /** Roles of which the principal has one. */
  readonly roles?: readonly string[] | undefined;
  readonly users?: readonly string[] | undefined;
  readonly tenants?: readonly string[] | undefined;
  /** Names of agents that would call the tool. */
  readonly agents?: readonly string[] | undefined;
  /** Names of tools, in which `*` stands for any characters. */
  readonly tools?: readonly string[] | undefined;
  /** Tags of which the tool has one. */
  readonly tags?: readonly string[] | undefined;
  readonly sideEffects?: readonly SideEffects[] | undefined;
  /** Conditions on the arguments, which all have to be met. */
  readonly when?: readonly ArgumentCondition[] | undefined;
}

/** A rule of an access policy. */
export interface AccessRule extends Omit<AccessRuleData, "when"> {
  /**
   * Conditions on the arguments, which all have to be met, or a pure function. One that throws, or gives something other than
   * `true` or `false`, does not allow, and does deny.
   */
  readonly when?: readonly ArgumentCondition[] | AccessFunction | undefined;
}

/** A condition as code. It sees the arguments of the call and the principal, and nothing else: a replay asks it again. */
export type AccessFunction = (input: JsonValue, principal: Principal) => boolean;

/** Who may use which tool, as JSON. */
export interface AccessPolicyData {
  readonly id: string;
  readonly version: string;
  readonly rules: readonly AccessRuleData[];
}

/** Who may use which tool. */
export interface AccessPolicyDefinition extends Omit<AccessPolicyData, "rules"> {
  readonly rules: readonly AccessRule[];
}

const name = z.string().min(1).max(200);
// An empty list would match nothing, where its author may have meant everything.
const names = z.array(name).min(1).optional();

const ruleSchema = z.strictObject({
  id: name.refine((id) => id !== "default-deny", "'default-deny' is what is recorded where no rule matches"),
  effect: z.enum(["allow", "deny"]),
  roles: names,
  users: names,
  tenants: names,
  agents: names,
  tools: names,
  tags: names,
  sideEffects: z
    .array(z.enum(["none", "idempotent", "unsafe"]))
    .min(1)
    .optional(),
  when: z.array(argumentConditionSchema).min(1).optional(),
});

/** Schema of an {@link AccessPolicyData}. */
export const accessPolicySchema: z.ZodType<AccessPolicyData> = z.strictObject({
  id: name,
  version: name,
  rules: z.array(ruleSchema).superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of rules.entries()) {
      if (seen.has(id))
        context.addIssue({ code: "custom", path: [index, "id"], message: `two rules are named '${id}'` });
      seen.add(id);
    }
  }),
});
