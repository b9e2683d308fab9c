import type { AccessRequest, JsonValue } from "@agentkit/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccessRule } from "./access-rule.ts";
import type { ArgumentCondition } from "./argument-condition.ts";
import { createAccessPolicy } from "./create-access-policy.ts";

function few(...values: readonly string[]): fc.Arbitrary<string[]> {
  return fc.subarray([...values], { minLength: 1 });
}

describe("for any policy and any call", () => {
  const condition: fc.Arbitrary<ArgumentCondition> = fc.record(
    {
      path: fc.constantFrom("n", "s", "l.*", "missing"),
      lte: fc.integer({ min: 0, max: 3 }),
      eq: fc.constantFrom(1, "a"),
      exists: fc.boolean(),
      principal: fc.constantFrom("user", "tenant"),
    },
    { requiredKeys: ["path", "lte"] },
  );
  const ruleBody = fc.record(
    {
      effect: fc.constantFrom("allow", "deny"),
      roles: few("r", "q"),
      users: few("a", "b"),
      tenants: few("t"),
      agents: few("x", "y"),
      tools: few("read_*", "*_all", "write_one", "*"),
      tags: few("admin"),
      sideEffects: fc.subarray(["none", "unsafe"] as const, { minLength: 1 }),
      when: fc.array(condition, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ["effect"] },
  );
  const rules = fc
    .array(ruleBody, { maxLength: 5 })
    .map((bodies) => bodies.map((body, index): AccessRule => ({ id: `rule-${index}`, ...body })));
  const calls: fc.Arbitrary<AccessRequest> = fc.record(
    {
      principal: fc.record(
        { user: fc.constantFrom("a", "b"), tenant: fc.constantFrom("t", "u"), roles: fc.subarray(["r", "q"]) },
        { requiredKeys: ["roles"] },
      ),
      agent: fc.constantFrom("x", "y"),
      tool: fc.record({
        name: fc.constantFrom("read_one", "read_all", "write_one", "write_all"),
        tags: fc.subarray(["admin"]),
        sideEffects: fc.constantFrom("none", "idempotent", "unsafe"),
      }),
      arguments: fc.record(
        {
          n: fc.integer({ min: 0, max: 4 }),
          s: fc.constantFrom("a", "b"),
          l: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["principal", "agent", "tool"] },
  );

  it("decides as the rules say, read one by one", () => {
    fc.assert(
      fc.property(rules, calls, (policy, call) => {
        const matching = policy.filter((rule) => inScope(rule, call) && meets(rule, call));
        const allowed = matching.length > 0 && matching.every(({ effect }) => effect === "allow");
        const decision = createAccessPolicy({ id: "p", version: "1", rules: policy }).decide(call);
        expect(decision.effect).toBe(allowed ? "allow" : "deny");
        const decider = matching.find(({ effect }) => effect === decision.effect)?.id ?? "default-deny";
        expect(decision.rule).toBe(decider);
      }),
      { seed: 4, numRuns: 2_000 },
    );
  });
});

/** The reference: each list is looked through, each condition spelt out, nothing is prepared. */
function inScope(rule: AccessRule, { principal, agent, tool }: AccessRequest): boolean {
  const named = rule.tools?.some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(tool.name)) ?? true;
  return (
    named &&
    has(rule.roles, principal.roles) &&
    has(rule.users, [principal.user]) &&
    has(rule.tenants, [principal.tenant]) &&
    has(rule.agents, [agent]) &&
    has(rule.tags, tool.tags) &&
    has(rule.sideEffects, [tool.sideEffects])
  );
}

function has(list: readonly string[] | undefined, values: readonly (string | undefined)[]): boolean {
  return list === undefined || values.some((value) => value !== undefined && list.includes(value));
}

function meets({ effect, when }: AccessRule, call: AccessRequest): boolean {
  if (when === undefined || typeof when === "function") return true;
  if (call.arguments === undefined) return effect === "allow";
  const verdicts = when.flatMap((condition) => {
    const found = lookUp(call.arguments, condition.path);
    const each = found.map((value) => verdictOf(condition, value, call));
    const wanted = effect === "allow" ? ["no", "unclear", "yes"] : ["yes", "unclear", "no"];
    return wanted.filter((verdict) => each.includes(verdict)).slice(0, 1);
  });
  if (verdicts.includes("no")) return false;
  return effect === "deny" || !verdicts.includes("unclear");
}

function lookUp(input: JsonValue | undefined, path: string): readonly unknown[] {
  const all: ReadonlyMap<string, unknown> = new Map(Object.entries(input ?? {}));
  const list = all.get("l");
  if (path !== "l.*") return [all.get(path)];
  return Array.isArray(list) && list.length > 0 ? list : [undefined];
}

function verdictOf(condition: ArgumentCondition, value: unknown, { principal }: AccessRequest): string {
  const { lte, eq, exists, principal: field } = condition;
  const verdicts = [
    exists === undefined || exists === (value !== undefined) ? "yes" : "no",
    eq === undefined || eq === value ? "yes" : "no",
    lte === undefined ? "yes" : atMost(value, lte),
    field === undefined ? "yes" : isOwn(value, principal[field]),
  ];
  return ["no", "unclear"].find((verdict) => verdicts.includes(verdict)) ?? "yes";
}

function atMost(value: unknown, limit: number): string {
  if (typeof value !== "number") return "unclear";
  return value <= limit ? "yes" : "no";
}

function isOwn(value: unknown, own: string | undefined): string {
  if (own === undefined) return "unclear";
  return value === own ? "yes" : "no";
}
