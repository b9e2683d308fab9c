import type { AccessRequest } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import type { AccessRule } from "./access-rule.ts";
import type { ArgumentCondition } from "./argument-condition.ts";
import { createAccessPolicy } from "./create-access-policy.ts";
import { parseAccessPolicy } from "./parse-access-policy.ts";

const request: AccessRequest = {
  principal: { user: "ann", tenant: "acme", roles: ["staff", "audit"] },
  agent: "clerk",
  tool: { name: "orders_refund", tags: ["money"], sideEffects: "unsafe" },
  arguments: { amount: 50, customer: { id: "ann" }, lines: [{ price: 20 }, { price: 30 }] },
};

function decide(rules: readonly AccessRule[], change: Partial<AccessRequest> = {}) {
  return createAccessPolicy({ id: "p", version: "1", rules }).decide({ ...request, ...change });
}

/** Whether the model is shown the tool. */
function isShown(rules: readonly AccessRule[]): boolean {
  const { arguments: _, ...rest } = request;
  return createAccessPolicy({ id: "p", version: "1", rules }).decide(rest).effect === "allow";
}

function hash(rule: Partial<AccessRule>, version = "1"): string {
  return createAccessPolicy({ id: "p", version, rules: [{ ...everything, ...rule }] }).hash;
}

function throws(): never {
  throw new Error("no");
}

const everything: AccessRule = { id: "everything", effect: "allow" };

describe("an access policy", () => {
  it("denies what no rule allows, and says so", () => {
    expect(decide([])).toEqual({ effect: "deny", rule: "default-deny" });
    expect(decide([{ id: "admins", effect: "allow", roles: ["admin"] }])).toEqual({
      effect: "deny",
      rule: "default-deny",
    });
  });

  it("lets a rule that denies win, wherever it stands, and names the rule that decided", () => {
    const deny: AccessRule = { id: "no-money", effect: "deny", tags: ["money"] };
    expect(decide([everything, deny])).toEqual({ effect: "deny", rule: "no-money" });
    expect(decide([deny, everything])).toEqual({ effect: "deny", rule: "no-money" });
    expect(decide([everything])).toEqual({ effect: "allow", rule: "everything" });
  });

  it.each<[Partial<AccessRule>, boolean]>([
    [{ roles: ["admin", "audit"] }, true],
    [{ roles: ["admin"] }, false],
    [{ users: ["ann"] }, true],
    [{ users: ["bob"] }, false],
    [{ tenants: ["acme"] }, true],
    [{ tenants: ["other"] }, false],
    [{ agents: ["clerk"] }, true],
    [{ agents: ["cler*"] }, false],
    [{ tools: ["time", "orders_*"] }, true],
    [{ tools: ["orders"] }, false],
    [{ tags: ["money", "x"] }, true],
    [{ tags: ["x"] }, false],
    [{ sideEffects: ["none", "unsafe"] }, true],
    [{ sideEffects: ["none"] }, false],
    [{ roles: ["staff"], tools: ["time"] }, false],
  ])("matches %o: %s", (scope, allowed) => {
    expect(decide([{ ...everything, ...scope }]).effect).toBe(allowed ? "allow" : "deny");
  });

  it("does not match rules for users and tenants with somebody who has neither", () => {
    const nobody = { principal: { roles: [] } };
    expect(decide([{ ...everything, users: ["undefined"] }], nobody).effect).toBe("deny");
    expect(decide([{ ...everything, tenants: ["undefined"] }], nobody).effect).toBe("deny");
  });

  it.each<[Omit<ArgumentCondition, "path">, string, boolean | "unknown"]>([
    [{ lte: 50 }, "amount", true],
    [{ lt: 50 }, "amount", false],
    [{ gt: 10, lt: 60 }, "amount", true],
    [{ gte: 51 }, "amount", false],
    [{ lte: 50 }, "customer.id", "unknown"],
    [{ lte: 50 }, "total", "unknown"],
    [{ eq: "ann" }, "customer.id", true],
    [{ eq: "ann" }, "customer.id.deeper", false],
    [{ eq: "ann" }, "total", false],
    [{ in: ["bob", "ann"] }, "customer.id", true],
    [{ like: "a*" }, "customer.id", true],
    [{ like: "b*" }, "customer.id", false],
    [{ like: "5*" }, "amount", "unknown"],
    [{ exists: true }, "amount", true],
    [{ exists: false }, "total", true],
    [{ exists: true, gt: 10 }, "total", false],
    [{ principal: "user" }, "customer.id", true],
    [{ principal: "tenant" }, "customer.id", false],
    [{ exists: true }, "lines.length", false],
    [{ exists: true }, "constructor", false],
    [{ gte: 20 }, "lines.1.price", true],
    [{ gte: 20 }, "lines.*.price", true],
  ])("finds that %o of %s is %s", (condition, path, verdict) => {
    const when = [{ path, ...condition }];
    const allow = decide([{ ...everything, when }]).effect === "allow";
    const deny = decide([everything, { id: "deny", effect: "deny", when }]).effect === "deny";
    expect({ allow, deny }).toEqual({ allow: verdict === true, deny: verdict !== false });
  });

  it("asks all elements of a list before it allows, and one before it denies", () => {
    const when = [{ path: "lines.*.price", gt: 25 }];
    expect(decide([{ ...everything, when }]).effect).toBe("deny");
    expect(decide([everything, { id: "deny", effect: "deny", when }]).rule).toBe("deny");
    const none = { arguments: { lines: [] } };
    expect(decide([{ ...everything, when }], none).effect).toBe("deny");
  });

  it("does not compare a missing user with a missing value", () => {
    const rule: AccessRule = { ...everything, when: [{ path: "owner", principal: "user" }] };
    expect(decide([rule], { principal: { roles: [] } }).effect).toBe("deny");
  });

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a function without types may return
  const promises = (async () => true) as unknown as () => boolean;
  it.each([
    ["throws", throws],
    ["gives a promise", promises],
  ])("takes a function that %s for a reason to deny, and for none to allow", (_name, when) => {
    expect(decide([{ ...everything, when }]).rule).toBe("default-deny");
    expect(decide([everything, { id: "deny", effect: "deny", when }]).rule).toBe("deny");
  });

  it("shows a tool that some call may be allowed of, and none that is denied whatever the call", () => {
    expect(isShown([{ ...everything, when: () => false }])).toBe(true);
    expect(isShown([everything, { id: "deny", effect: "deny", when: () => true }])).toBe(true);
    expect(isShown([everything, { id: "deny", effect: "deny", tools: ["orders_*"] }])).toBe(false);
  });

  it("has a hash that changes with its rules and the text of its functions, and with nothing else", () => {
    expect(hash({ tools: ["a"] }, "2")).toBe(hash({ tools: ["a"] }));
    const hashes = [
      hash({}),
      hash({ tools: ["a"] }),
      hash({ tools: ["b"] }),
      hash({ when: () => true }),
      hash({ when: () => false }),
      hash({ when: [{ path: "a", eq: 1 }] }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("is not changed by what happens to its definition afterwards", () => {
    const roles = ["admin"];
    const policy = createAccessPolicy({ id: "p", version: "1", rules: [{ ...everything, roles }] });
    roles.push("staff");
    expect(policy.decide(request).effect).toBe("deny");
  });
});

describe("parseAccessPolicy", () => {
  it("makes the same policy of JSON as of code", () => {
    const rules: readonly AccessRule[] = [{ ...everything, tools: ["orders_*"], when: [{ path: "amount", lte: 50 }] }];
    const text = JSON.stringify({ id: "p", version: "1", rules });
    const policy = parseAccessPolicy(JSON.parse(text));
    expect(policy.decide(request)).toEqual({ effect: "allow", rule: "everything" });
    expect(policy.hash).toBe(createAccessPolicy({ id: "p", version: "1", rules }).hash);
  });

  const rule = { id: "a", effect: "allow" };
  it.each<[string, unknown, string]>([
    ["an unknown field", [{ ...rule, role: ["admin"] }], "rules[0].role"],
    ["an unknown condition", [{ ...rule, when: [{ path: "a", less: 1 }] }], "rules[0].when[0].less"],
    ["a condition that asks nothing", [{ ...rule, when: [{ path: "a" }] }], "rules[0].when[0]"],
    ["a path with an empty name", [{ ...rule, when: [{ path: "a..b", eq: 1 }] }], "rules[0].when[0].path"],
    ["an empty list", [rule, { ...rule, id: "b", roles: [] }], "rules[1].roles"],
    ["an unknown effect", [{ ...rule, effect: "maybe" }], "rules[0].effect"],
    ["two rules of one id", [rule, rule], "rules[1].id"],
    ["the id of the default", [{ ...rule, id: "default-deny" }], "rules[0].id"],
    ["something else", "rules", "rules"],
  ])("refuses %s with its path", (_name, rules, param) => {
    const parse = () => parseAccessPolicy({ id: "p", version: "1", rules });
    expect(parse).toThrow(expect.objectContaining({ code: "access_policy_invalid", param }));
    expect(parse).toThrow(`at ${param}: `);
  });

  it("refuses what is no policy at all", () => {
    expect(() => parseAccessPolicy(null)).toThrow(/at the top/);
  });
});
