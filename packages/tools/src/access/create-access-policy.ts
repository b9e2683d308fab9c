import {
  type AccessDecision,
  type AccessPolicy,
  type AccessRequest,
  canonicalJson,
  contentHash,
  matchesName,
} from "@agentkit/core";
import type { AccessPolicyDefinition, AccessRule } from "./access-rule.ts";
import { type ConditionTest, toConditionTest, type Verdict } from "./argument-condition.ts";
import { readPolicy } from "./read-access-policy.ts";

/**
 * Makes an access policy of rules. What no rule allows is denied, by `default-deny`; a rule that denies wins over any that allows.
 *
 * Asked without arguments, whether the model is shown a tool at all, a rule that allows counts as matching whatever its `when`, and
 * one that denies under a `when` not yet: the call itself is decided on again. The policy's hash covers the rules and the source
 * text of their functions, not what such a function reaches outside itself.
 *
 * @throws AgentKitError `access_policy_invalid`, with the place in `param`.
 *
 * @example
 * ```ts
 * import { createAccessPolicy } from "@agentkit/tools";
 *
 * const access = createAccessPolicy({
 *   id: "shop",
 *   version: "3",
 *   rules: [
 *     { id: "staff-reads", effect: "allow", roles: ["staff"], sideEffects: ["none"] },
 *     { id: "staff-refunds", effect: "allow", roles: ["staff"], tools: ["refund"], when: [{ path: "amount", lte: 100 }] },
 *     { id: "no-admin-tools", effect: "deny", tags: ["admin"], agents: ["support"] },
 *   ],
 * });
 * ```
 */
export function createAccessPolicy(definition: AccessPolicyDefinition): AccessPolicy {
  const { id, version, rules } = readPolicy(definition);
  const compiled = rules.map(compileRule);
  // Rules that deny come first, so that the first match decides.
  const ordered = [
    ...compiled.filter(({ decision }) => decision.effect === "deny"),
    ...compiled.filter(({ decision }) => decision.effect === "allow"),
  ];
  return {
    id,
    version,
    hash: contentHash(canonicalJson(rules.map(toRecord))),
    decide: (request) => ordered.find((rule) => rule.matches(request))?.decision ?? defaultDeny,
  };
}

const defaultDeny: AccessDecision = { effect: "deny", rule: "default-deny" };

function toRecord({ when, ...rule }: AccessRule) {
  return { ...rule, when: typeof when === "function" ? { function: String(when) } : when };
}

interface CompiledRule {
  readonly decision: AccessDecision;
  matches(request: AccessRequest): boolean;
}

function compileRule(rule: AccessRule): CompiledRule {
  const tests = toScope(rule);
  const meetsWhen = toWhenTest(rule);
  return {
    decision: { effect: rule.effect, rule: rule.id },
    matches: (request) => tests.every((test) => test(request)) && meetsWhen(request),
  };
}

type RequestTest = (request: AccessRequest) => boolean;

/** The tests of everything but the arguments; a list that is not given asks nothing. */
function toScope({ roles, users, tenants, agents, tools, tags, sideEffects }: AccessRule): readonly RequestTest[] {
  const globs = tools?.map(matchesName);
  return [
    globs && (({ tool }: AccessRequest) => globs.some((matches) => matches(tool.name))),
    roles && (({ principal }: AccessRequest) => principal.roles.some((role) => roles.includes(role))),
    users && (({ principal }: AccessRequest) => principal.user !== undefined && users.includes(principal.user)),
    tenants && (({ principal }: AccessRequest) => principal.tenant !== undefined && tenants.includes(principal.tenant)),
    agents && (({ agent }: AccessRequest) => agents.includes(agent)),
    tags && (({ tool }: AccessRequest) => tool.tags.some((tag) => tags.includes(tag))),
    sideEffects && (({ tool }: AccessRequest) => sideEffects.includes(tool.sideEffects)),
  ].filter((test) => test !== undefined);
}

function toWhenTest({ effect, when }: AccessRule): RequestTest {
  if (when === undefined) return () => true;
  const test = typeof when === "function" ? safely(when) : toConditionTest(when, effect);
  const counts: readonly Verdict[] = effect === "allow" ? [true] : [true, "unknown"];
  return ({ arguments: input, principal }) => {
    return input === undefined ? effect === "allow" : counts.includes(test(input, principal));
  };
}

function safely(when: (...input: Parameters<ConditionTest>) => unknown): ConditionTest {
  return (input, principal) => {
    try {
      const result = when(input, principal);
      // A promise, for one, would otherwise pass for true.
      return typeof result === "boolean" ? result : "unknown";
    } catch {
      return "unknown";
    }
  };
}
