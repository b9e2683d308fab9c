import { AgentKitError } from "@agentkit/core";
import type { z } from "zod";
import { type AccessPolicyData, type AccessPolicyDefinition, accessPolicySchema } from "./access-rule.ts";

/** Checks and copies a policy of data. Throws `access_policy_invalid` with the place of the first thing that is wrong. */
export function readPolicyData(value: unknown): AccessPolicyData {
  const result = accessPolicySchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(issue === undefined ? [] : toPath(issue), issue?.message ?? "it has an unknown fault");
}

/** Checks and copies a policy whose rules may have functions. */
export function readPolicy(definition: AccessPolicyDefinition): AccessPolicyDefinition {
  const functions = definition.rules.map(({ when }) => (typeof when === "function" ? when : undefined));
  const rules = definition.rules.map(({ when, ...rule }) => (typeof when === "function" ? rule : { ...rule, when }));
  const data = readPolicyData({ ...definition, rules });
  return { ...data, rules: data.rules.map((rule, index) => ({ ...rule, when: functions[index] ?? rule.when })) };
}

/** The path to an issue; to an unknown field itself, not to the object that has it. */
function toPath(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  return issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
}

function invalid(path: readonly PropertyKey[], reason: string): AgentKitError {
  const steps = path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    return index === 0 ? String(step) : `.${String(step)}`;
  });
  const param = steps.join("");
  const place = param === "" ? "the top" : param;
  return new AgentKitError("access_policy_invalid", `The access policy cannot be used: at ${place}: ${reason}.`, {
    ...(param !== "" && { param }),
  });
}
