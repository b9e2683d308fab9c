import { AgentKitError } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { createCustomDetector } from "../custom/create-custom-detector.ts";
import type { Detector } from "../detectors/detector.ts";
import { defineSafetyPolicy } from "./define-safety-policy.ts";
import { evaluate } from "./evaluate.ts";
import { answeringDetector, failingDetector, nonsense, wordDetector } from "./policy.test.support.ts";
import { parseSafetyPolicy } from "./parse-safety-policy.ts";
import type { SafetyPolicy, SafetyRule } from "./safety-policy.ts";

const words = wordDetector("words", {
  rose: ["word.flower", 0.9],
  roses: ["word.flower", 0.6],
  stone: ["word.mineral", 0.4],
  hash: ["word.hash", 1],
});
const detectors = [words, failingDetector("broken")];

const base: SafetyRule = {
  id: "flowers",
  detector: "words",
  categories: ["word.flower"],
  surfaces: ["user_input"],
  action: "flag",
  onFailure: "closed",
};

function policyOf(...rules: readonly SafetyRule[]): SafetyPolicy {
  return defineSafetyPolicy({ id: "p", version: "1", rules }, { detectors });
}

/** What each way to fail comes to. */
const paths = [
  ["closed", "block"],
  ["queue", "require_approval"],
  ["open", "flag"],
] as const;

describe("evaluate", () => {
  it("takes the most restrictive of what the rules ask for", () => {
    const policy = policyOf(
      base,
      { ...base, id: "redacts", action: "redact" },
      { ...base, id: "hashes", categories: ["word.h*"] },
    );
    const { verdict, decisions, redactions } = evaluate(policy, "a rose, a hash", {
      surface: "user_input",
      timer: () => 0,
    });
    expect(verdict).toBe("redact");
    expect(redactions).toEqual([{ start: 2, end: 6, category: "word.flower" }]);
    expect(decisions).toEqual([
      {
        surface: "user_input",
        verdict: "redact",
        mode: "enforce",
        rules: [
          { id: "flowers", detector: "words@1", category: "word.flower", score: 0.9, threshold: 0.5, count: 1 },
          { id: "redacts", detector: "words@1", category: "word.flower", score: 0.9, threshold: 0.5, count: 1 },
          { id: "hashes", detector: "words@1", category: "word.hash", score: 1, threshold: 0.5, count: 1 },
        ],
        policy: { id: "p", version: "1", hash: policy.hash },
        latencyMs: 0,
      },
    ]);
  });

  it("joins redactions that overlap", () => {
    const { redactions } = evaluate(policyOf({ ...base, action: "redact" }), "roses", { surface: "user_input" });
    expect(redactions).toEqual([{ start: 0, end: 5, category: "word.flower" }]);
  });

  it.each([
    ["another surface", {}, { surface: "tool_result" as const }],
    ["another agent", { agents: ["shop-*"] }, { surface: "user_input" as const, agent: "desk" }],
    ["no tenant", { tenants: ["acme"] }, { surface: "user_input" as const }],
    ["a score below the threshold", { threshold: 0.95 }, { surface: "user_input" as const }],
    ["what a pattern allows", { allow: ["ro.e"] }, { surface: "user_input" as const }],
  ])("leaves alone %s", (_name, part, context) => {
    expect(evaluate(policyOf({ ...base, ...part }), "a rose", context).verdict).toBe("allow");
  });

  it("asks rules of the agent and the tenant", () => {
    const policy = policyOf({ ...base, agents: ["shop-*"], tenants: ["acme"] });
    const context = { surface: "user_input", agent: "shop-desk", tenant: "acme" } as const;
    expect(evaluate(policy, "a rose", context).verdict).toBe("flag");
  });

  it("needs a pattern to match the whole of what was found", () => {
    expect(evaluate(policyOf({ ...base, allow: ["os"] }), "a rose", { surface: "user_input" }).verdict).toBe("flag");
  });

  it("records what a rule that observes would do, and does not do it", () => {
    const { verdict, decisions, redactions } = evaluate(
      policyOf({ ...base, action: "redact", mode: "observe" }),
      "a rose",
      { surface: "user_input" },
    );
    expect([verdict, redactions]).toEqual(["allow", []]);
    expect(decisions.map(({ mode, verdict: would }) => [mode, would])).toEqual([
      ["enforce", "allow"],
      ["observe", "redact"],
    ]);
  });

  it("reviews from one score on and blocks from another", () => {
    const bands = { "word.*": { review: 0.5, block: 0.8 } };
    const { categories: _none, ...rule } = base;
    const policy = policyOf({ ...rule, bands, action: "require_approval" });
    const verdictOn = (text: string) => evaluate(policy, text, { surface: "user_input" }).verdict;
    expect([verdictOn("stone"), verdictOn("a rose")]).toEqual(["allow", "block"]);
    const reviewed = policyOf({
      ...rule,
      bands: { "word.mineral": { review: 0.3, block: 0.8 } },
      action: "require_approval",
    });
    expect(evaluate(reviewed, "stone", { surface: "user_input" }).verdict).toBe("require_approval");
  });

  it.each(paths)("takes the declared path when a detector throws: %s", (onFailure, verdict) => {
    const { categories: _none, ...rule } = base;
    const evaluation = evaluate(policyOf({ ...rule, detector: "broken", onFailure }), "x", { surface: "user_input" });
    expect(evaluation.verdict).toBe(verdict);
    expect(evaluation.decisions[0]?.degraded).toEqual({ provider: "broken", reason: "threw", failMode: onFailure });
    expect(JSON.stringify(evaluation)).not.toContain("a secret text");
  });

  it.each(nonsense)("takes a detector that answers with %s for one that failed", (_what, answer) => {
    const { categories: _none, ...rule } = base;
    const answering = createCustomDetector({
      id: "own",
      version: "1",
      patterns: [{ rule: "r", category: "word", pattern: "x" }],
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a function of plain JavaScript does
      find: { categories: ["word"], detect: answer as Detector["detect"] },
    });
    for (const detector of [answeringDetector("own", answer), answering]) {
      for (const [onFailure, verdict] of paths) {
        const rules = [{ ...rule, detector: detector.id, onFailure }];
        const policy = defineSafetyPolicy({ id: "p", version: "1", rules }, { detectors: [detector] });
        const evaluation = evaluate(policy, "a rose", { surface: "user_input" });
        const degraded = { provider: detector.id, reason: "invalid_findings", failMode: onFailure };
        expect(evaluation).toMatchObject({ verdict, decisions: [{ rules: [], degraded }] });
      }
    }
  });

  it("takes a detector that is late for one that failed, and counts what it found", () => {
    const ticks = [0, 0, 30, 30];
    const timer = () => ticks.shift() ?? 30;
    const { decisions } = evaluate(policyOf({ ...base, timeoutMs: 20 }), "a rose", { surface: "user_input", timer });
    expect(decisions[0]).toMatchObject({ verdict: "block", latencyMs: 30, degraded: { reason: "timeout" } });
    expect(decisions[0]?.rules).toHaveLength(1);
  });
});

describe("defineSafetyPolicy", () => {
  it("hashes the rules with their defaults", () => {
    expect(policyOf(base).hash).toBe(policyOf({ ...base, threshold: 0.5, mode: "enforce" }).hash);
    expect(policyOf(base).hash).not.toBe(policyOf({ ...base, threshold: 0.6 }).hash);
  });

  it("hashes what becomes of untrusted content, where the policy says it", () => {
    const [unsaid, denied] = [untrustedPolicy(), untrustedPolicy("deny")];
    expect([unsaid.untrusted, denied.untrusted]).toEqual(["allow", "deny"]);
    expect(denied.hash).not.toBe(unsaid.hash);
    expect(errorOf(`${yaml}untrusted: ask\n`)).toMatchObject({ param: "untrusted" });
  });

  const { categories: _all, ...free } = base;
  const band = { review: 0.2, block: 0.8 };
  it.each<[string, SafetyRule, string]>([
    ["a detector nobody has", { ...base, detector: "wrods" }, "rules[0].detector"],
    ["a category it has not", { ...base, categories: ["word.flower", "word.tree"] }, "rules[0].categories[1]"],
    ["a threshold that is no score", { ...base, threshold: 1.5 }, "rules[0].threshold"],
    [
      "bands the wrong way round",
      { ...free, bands: { "word.*": { review: 0.8, block: 0.2 } } },
      "rules[0].bands.word.*",
    ],
    ["equal bands", { ...free, bands: { "word.*": { review: 0.8, block: 0.8 } } }, "rules[0].bands.word.*"],
    ["bands of no category", { ...free, bands: { "tree.*": band } }, "rules[0].bands.tree.*"],
    ["bands beside a threshold", { ...free, bands: { "word.*": band }, threshold: 0.5 }, "rules[0].threshold"],
    ["bands beside categories", { ...base, bands: { "word.*": band } }, "rules[0].categories"],
    ["bands of a rule that blocks anyway", { ...free, bands: { "word.*": band }, action: "block" }, "rules[0].action"],
    ["no band", { ...free, bands: {} }, "rules[0].bands"],
    ["a pattern that looks ahead", { ...base, allow: ["(?=a)b"] }, "rules[0].allow[0]"],
    ["a pattern that refers back", { ...base, allow: ["ok", "(a+)\\1"] }, "rules[0].allow[1]"],
    ["a pattern that is too long", { ...base, allow: ["a".repeat(513)] }, "rules[0].allow[0]"],
    ["an empty list", { ...base, agents: [] }, "rules[0].agents"],
    ["moderation without a time limit", { ...free, detector: "moderation" }, "rules[0].detector"],
    [
      "a redaction by moderation",
      { ...free, detector: "moderation", timeoutMs: 1, action: "redact" },
      "rules[0].action",
    ],
  ])("refuses %s", (_name, rule, param) => {
    expect(() => policyOf(rule)).toThrow(expect.objectContaining({ code: "safety_policy_invalid", param }));
  });

  it.each([
    ["two rules of one id", { rules: [base, base] }, "rules[1].id"],
    [
      "a restore of no category",
      { rules: [], restore: [{ categories: ["x"], answer: true }] },
      "restore[0].categories[0]",
    ],
    ["a restore to nowhere", { rules: [], restore: [{ categories: ["word.*"] }] }, "restore[0]"],
    [
      "fields of no tool",
      { rules: [], restore: [{ categories: ["word.*"], fields: ["a"], answer: true }] },
      "restore[0].fields",
    ],
  ])("refuses %s", (_name, part, param) => {
    expect(() => defineSafetyPolicy({ id: "p", version: "1", ...part }, { detectors })).toThrow(
      expect.objectContaining({ code: "safety_policy_invalid", param }),
    );
  });
});

function untrustedPolicy(untrusted?: "deny") {
  return defineSafetyPolicy({ id: "p", version: "1", rules: [], untrusted }, { detectors });
}

const yaml = `id: shop
version: "1"
rules:
  - id: flowers
    detector: words
    surfaces: [user_input]
    action: flag
    onFailure: open
`;

describe("parseSafetyPolicy", () => {
  it("reads YAML, JSON, and the block of a document as the same policy", () => {
    const rule = { id: "flowers", detector: "words", surfaces: ["user_input"], action: "flag", onFailure: "open" };
    const json = JSON.stringify({ id: "shop", version: "1", rules: [rule] });
    const document = `# Policies\n\n\`\`\`yaml agentkit-policy\n${yaml}\`\`\`\n\nMore.\n`;
    const hashes = [yaml, json, document].map((text) => parseSafetyPolicy(text, { detectors }).hash);
    expect(new Set(hashes).size).toBe(1);
  });

  it.each([
    ["an unknown field", `${yaml}    treshold: 0.3\n`, 9, "rules[0].treshold"],
    ["a field under another name", yaml.replace("surfaces:", "surface:"), 6, "rules[0].surface"],
    ["an unknown surface", yaml.replace("user_input", "user_imput"), 6, "rules[0].surfaces[0]"],
    ["an unknown detector", yaml.replace("words", "wrods"), 5, "rules[0].detector"],
    ["a pattern that cannot be", `${yaml}    allow:\n      - ok\n      - "(?<=a)b"\n`, 11, "rules[0].allow[1]"],
    ["a missing field", yaml.replace("    action: flag\n", ""), 4, "rules[0].action"],
    ["a document", `# A\n\n\`\`\`yaml agentkit-policy\n${yaml}    mode: of\n\`\`\`\n`, 12, "rules[0].mode"],
  ])("tells the line of %s", (...[, text, line, param]) => {
    const error = errorOf(text);
    expect([error.code, error.param]).toEqual(["safety_policy_invalid", param]);
    expect(error.message).toContain(`line ${line},`);
  });

  it.each([
    ["what is no YAML", "id: [", /line 1/],
    ["aliases", "id: &a shop\nversion: *a\nrules: []\n", /aliases/],
    [
      "two policies",
      `\`\`\`yaml agentkit-policy\n${yaml}\`\`\`\n\`\`\`yaml agentkit-policy\n${yaml}\`\`\`\n`,
      /two policies/,
    ],
    ["a block without an end", `\`\`\`yaml agentkit-policy\n${yaml}`, /does not end/],
    ["a document without a policy", `# Title\n\n\`\`\`yaml\n${yaml}\`\`\`\n`, /no block/],
    ["nothing", "", /line 1/],
  ])("refuses %s", (_name, text, message) => {
    expect(errorOf(text).message).toMatch(message);
  });
});

function errorOf(text: string): AgentKitError {
  try {
    parseSafetyPolicy(text, { detectors });
  } catch (error) {
    if (AgentKitError.is(error)) return error;
    throw error;
  }
  throw new Error("The policy was not refused.");
}
