import { canonicalJson, contentHash, type EventData, type EventMeta, type RecordedEvent } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { moderationCategories } from "../moderation/moderation-categories.ts";
import { createModerationService } from "../moderation/moderation-service.ts";
import { createPiiDetector } from "../pii/create-pii-detector.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { failingDetector, wordDetector } from "../policy/policy.test.support.ts";
import type { SafetyPolicy, SafetyRule } from "../policy/safety-policy.ts";
import { createSecretsDetector } from "../secrets/secrets-detector.ts";
import { backtest, type BacktestOptions } from "./backtest.ts";

const detectors = [
  wordDetector("words", { rose: ["word.flower", 1], oak: ["word.tree", 0.6], elm: ["word.tree", 0.9] }),
  failingDetector("broken"),
  createPiiDetector(),
  createSecretsDetector(),
];

function policyOf(
  ...rules: readonly (Pick<SafetyRule, "id" | "surfaces" | "action"> & Partial<SafetyRule>)[]
): SafetyPolicy {
  const complete = rules.map((rule) => ({ detector: "words", onFailure: "closed" as const, ...rule }));
  return defineSafetyPolicy({ id: "p", version: String(rules.length), rules: complete }, { detectors });
}

const nothing = policyOf();

let revision = 0;

function recorded<Type extends RecordedEvent["type"]>(type: Type, data: EventData<Type>, meta: EventMeta = {}) {
  revision += 1;
  const id = "b5a1f9f0-0000-5000-8000-000000000000";
  const time = "2026-11-22T13:00:00.000Z";
  const event = { id, type, version: 1, time, data, meta, stream: "session-a", revision };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- type and data belong together
  return event as RecordedEvent;
}

const say = (text: string, meta?: EventMeta): RecordedEvent =>
  recorded("PromptReceived", { items: [{ type: "message", role: "user", content: text }] }, meta);

const decided = (data: Partial<EventData<"ModerationDecided">>): RecordedEvent =>
  recorded("ModerationDecided", {
    surface: "user_input",
    verdict: "block",
    mode: "enforce",
    rules: [{ id: "flowers", detector: "words@1", category: "word.flower", score: 1, threshold: 0.5, count: 1 }],
    policy: { id: "old", version: "1", hash: contentHash(canonicalJson({})) },
    latencyMs: 1,
    ...data,
  });

/** Takes each text for the score of its violence. */
const moderation = createModerationService({
  moderator: {
    moderate: async (texts) => {
      const none = Object.fromEntries(moderationCategories.map((category) => [category, 0]));
      return texts.map((text) => ({ scores: { ...none, violence: Number(text) }, flagged: false, model: "m" }));
    },
  },
});

async function test(policy: SafetyPolicy, events: readonly RecordedEvent[], options: Partial<BacktestOptions> = {}) {
  const report = await backtest(policy, events, { baseline: nothing, ...options });
  const at = (surface: string) => report.surfaces.find((each) => each.surface === surface);
  return { ...report, at };
}

describe("backtest", () => {
  it.each([
    ["user_input", say("a rose")],
    ["user_input", recorded("PromptReceived", { items: [{ type: "strange", parts: [{ deep: "a rose" }] }] })],
    [
      "model_output",
      recorded("ModelCallCompleted", {
        status: "completed",
        output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "a rose" }] }],
      }),
    ],
    [
      "tool_arguments",
      recorded("ModelCallCompleted", {
        status: "completed",
        output: [{ type: "function_call", call_id: "c", name: "f", arguments: '{"a":"rose"}' }],
      }),
    ],
    ["tool_result", recorded("ToolCallSucceeded", { callId: "c", output: "a rose" })],
    ["tool_result", recorded("ToolCallFailed", { callId: "c", code: "x", message: "a rose" })],
    ["memory_write", recorded("MemoryWritten", { memory: "m", text: "a rose", sources: [], trust: "user" })],
  ] as const)("asks rules of %s about the texts of its events", async (surface, event) => {
    const { at, events } = await test(policyOf({ id: "no", surfaces: [surface], action: "block" }), [event]);
    expect(at(surface)).toMatchObject({ texts: 1, newly: { blocked: 1 }, rates: { blocked: 1 } });
    expect(events).toBe(1);
  });

  it.each([
    ["block", { blocked: 1 }],
    ["require_approval", { held: 1 }],
    ["redact", { redacted: 1 }],
    ["flag", { flagged: 1 }],
  ] as const)(
    "counts what a new rule would newly %s, and what the policy without it would let through",
    async (action, newly) => {
      const rule = policyOf({ id: "flowers", surfaces: ["user_input"], action });
      const events = [say("a rose"), say("nothing"), say("nothing"), say("nothing")];
      const none = { blocked: 0, held: 0, redacted: 0, flagged: 0, letThrough: 0, unflagged: 0 };
      const stricter = await test(rule, events);
      expect(stricter.at("user_input")).toMatchObject({ texts: 4, newly: { ...none, ...newly } });
      expect(stricter.rules).toMatchObject([
        { surface: "user_input", rule: "flowers", before: 0, after: 1, newly: { ...none, ...newly } },
      ]);
      expect(Object.values(stricter.at("user_input")?.rates ?? {}).filter((rate) => rate > 0)).toEqual([0.25]);

      const looser = await test(nothing, events, { baseline: rule });
      const gone = action === "flag" ? { unflagged: 1 } : { letThrough: 1 };
      expect(looser.at("user_input")?.newly).toEqual({ ...none, ...gone });
      expect(looser.rules).toMatchObject([{ rule: "flowers", before: 1, after: 0, newly: gone }]);
      expect((await test(rule, events, { baseline: rule })).at("user_input")?.newly).toEqual(none);
    },
  );

  it("tells redactions of one text apart", async () => {
    const flowers = policyOf({ id: "flowers", surfaces: ["append"], action: "redact", categories: ["word.flower"] });
    const trees = policyOf({ id: "trees", surfaces: ["append"], action: "block", categories: ["word.tree"] });
    const { at, rules } = await test(trees, [say("a rose by the oak")], { baseline: flowers });
    expect(at("append")?.newly).toMatchObject({ redacted: 1, letThrough: 1, blocked: 0 });
    expect(rules.map(({ rule, newly }) => [rule, newly.redacted, newly.letThrough])).toEqual([
      ["flowers", 0, 1],
      ["trees", 1, 0],
    ]);
  });

  it("takes for blocked what nobody can be asked about, and a request that could only be sent in part", async () => {
    const held = policyOf({ id: "held", surfaces: ["tool_result"], action: "require_approval" });
    const result = recorded("ToolCallSucceeded", { callId: "c", output: "a rose" });
    expect((await test(held, [result])).at("tool_result")?.newly).toMatchObject({ blocked: 1, held: 0 });
    const sent = policyOf({ id: "sent", surfaces: ["outgoing_http"], action: "redact" });
    const decision = decided({ surface: "outgoing_http" });
    expect((await test(sent, [decision])).at("outgoing_http")).toMatchObject({ withheld: 1, newly: { letThrough: 0 } });
  });

  it("asks for the agent and the tenant of the run", async () => {
    const policy = policyOf({
      id: "desk",
      surfaces: ["user_input"],
      action: "block",
      agents: ["desk"],
      tenants: ["acme"],
    });
    const events = [say("a rose"), say("a rose", { agent: "desk" }), say("a rose", { agent: "desk", tenant: "acme" })];
    expect((await test(policy, events)).at("user_input")?.newly.blocked).toBe(1);
  });

  it("counts what rules that observe would act on, and changes nothing for them", async () => {
    const policy = policyOf({ id: "trial", surfaces: ["user_input"], action: "block", mode: "observe" });
    const { rules, at } = await test(policy, [say("a rose")]);
    expect(rules).toMatchObject([{ rule: "trial", before: 0, after: 1, newly: { blocked: 0 } }]);
    expect(at("user_input")?.newly.blocked).toBe(0);
  });

  it("finds nothing in placeholders and around them, but in what is beside them", async () => {
    const policy = policyOf(
      { id: "pii", detector: "pii", surfaces: ["user_input"], action: "redact" },
      { id: "secrets", detector: "secrets", surfaces: ["user_input"], action: "redact" },
      { id: "words", surfaces: ["user_input"], action: "flag" },
    );
    const taken = [
      "password: [[SECRET:ASSIGNED_SECRET:0f3a5b7c9d1e]]",
      "[[PII:EMAIL:0f3a5b7c9d1e]]",
      "[[ROSE:rose:0f3a5b7c9d1e]]",
    ];
    const { at } = await test(
      policy,
      [...taken, "[[PII:EMAIL:0f3a5b7c9d1e]] and ada@example.org"].map((text) => say(text)),
    );
    expect(at("user_input")?.newly).toMatchObject({ redacted: 1, flagged: 1 });
  });

  it("shows examples with the text around a finding, and every finding in it masked", async () => {
    const policy = policyOf({ id: "flowers", surfaces: ["user_input"], action: "block", categories: ["word.flower"] });
    const text = `${"x".repeat(60)} ada@example.org likes the rose near the elm ${"🌳".repeat(60)}`;
    const events = [say(text, { session: "a1" }), say("rose"), say("a rose"), say("a rose")];
    const { examples } = await test(policy, events, { examples: 2 });
    expect(examples).toEqual([
      {
        change: "blocked",
        surface: "user_input",
        rules: ["flowers"],
        session: "a1",
        stream: "session-a",
        revision: events[0]?.revision,
        excerpt: `…${"x".repeat(17)} ‹pii.email› likes the ‹word.flower› near the ‹word.tree› ${"🌳".repeat(9)}…`,
      },
      expect.objectContaining({ excerpt: "‹word.flower›" }),
    ]);
  });

  it("shows no text where a detector fails, and takes the rule's path", async () => {
    const policy = policyOf({ id: "fails", detector: "broken", surfaces: ["user_input"], action: "flag" });
    const { at, examples } = await test(policy, [say("a rose")]);
    expect(at("user_input")?.newly.blocked).toBe(1);
    expect(examples[0]).not.toHaveProperty("excerpt");
  });

  it("stops when it is told to", async () => {
    const signal = AbortSignal.abort();
    await expect(test(nothing, [say("a rose")], { signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("backtest, of decisions on texts that the log has not", () => {
  const blocking = policyOf({ id: "flowers", surfaces: ["user_input"], action: "block" });

  it.each([
    ["blocks it too", blocking, {}],
    ["no longer asks", nothing, { letThrough: 1 }],
    ["only flags it", policyOf({ id: "flowers", surfaces: ["user_input"], action: "flag" }), { letThrough: 1 }],
    [
      "only observes",
      policyOf({ id: "flowers", surfaces: ["user_input"], action: "block", mode: "observe" }),
      { letThrough: 1 },
    ],
    [
      "asks at another surface",
      policyOf({ id: "flowers", surfaces: ["tool_result"], action: "block" }),
      { letThrough: 1 },
    ],
    ["holds it", policyOf({ id: "mine", surfaces: ["user_input"], action: "require_approval" }), { held: 1 }],
  ])("judges by the recorded scores a policy that %s", async (_what, policy, newly) => {
    const { at, examples } = await test(policy, [decided({})], { baseline: blocking });
    const none = { blocked: 0, held: 0, redacted: 0, flagged: 0, letThrough: 0, unflagged: 0 };
    expect(at("user_input")).toMatchObject({ texts: 0, withheld: 1, newly: { ...none, ...newly } });
    expect(examples.map(({ excerpt }) => excerpt)).toEqual(Object.keys(newly).map(() => undefined));
  });

  it("judges by the score, from the new threshold on", async () => {
    const hit = { id: "trees", detector: "words@1", category: "word.tree", count: 1 };
    const events = [0.6, 0.9].map((score) => decided({ rules: [{ ...hit, score }] }));
    const policy = policyOf({ id: "trees", surfaces: ["user_input"], action: "block", threshold: 0.8 });
    const { at, rules } = await test(policy, events);
    expect(at("user_input")).toMatchObject({ withheld: 2, newly: { letThrough: 1 }, rates: { letThrough: 0.5 } });
    expect(rules).toMatchObject([{ rule: "trees", newly: { letThrough: 1 } }]);
  });

  it("says what would stay in the log that was taken out of it, value by value", async () => {
    const hits = ["flower", "tree"].map((name) => ({
      id: name,
      detector: "words@1",
      category: `word.${name}`,
      score: 0.9,
      count: 1,
    }));
    const policy = policyOf({ id: "tree", surfaces: ["append"], action: "redact", categories: ["word.tree"] });
    const { at, rules } = await test(policy, [decided({ surface: "append", verdict: "redact", rules: hits })]);
    expect(at("append")).toMatchObject({ withheld: 0, newly: { letThrough: 1 } });
    expect(rules).toMatchObject([
      { rule: "flower", before: 1, after: 0, newly: { letThrough: 1 } },
      { rule: "tree", before: 1, after: 1, newly: { letThrough: 0 } },
    ]);
  });

  it("judges at its surface what was taken out of a text before it was recorded", async () => {
    const hit = { id: "tree", detector: "words@1", category: "word.tree", score: 0.9, count: 2 };
    const events = [
      say("an [[WORD:TREE:000000000000]]"),
      decided({ surface: "append", verdict: "redact", rules: [hit] }),
    ];
    const baseline = policyOf({ id: "tree", surfaces: ["append"], action: "redact" });
    const tried = async (action: SafetyRule["action"], threshold: number) => {
      const policy = policyOf(
        { id: "tree", surfaces: ["append"], action: "redact" },
        { id: "talk", surfaces: ["user_input"], action, threshold },
      );
      const { at, rules, examples } = await test(policy, events, { baseline });
      const own = rules.filter(({ surface }) => surface === "user_input");
      return { newly: at("user_input")?.newly, acting: own.map(({ rule, after }) => `${rule} ${after}`), examples };
    };
    expect(await tried("block", 0.8)).toMatchObject({ newly: { blocked: 1 }, acting: ["talk 1"] });
    expect((await tried("block", 0.8)).examples).toMatchObject([{ change: "blocked", excerpt: "an ‹word.tree›" }]);
    expect(await tried("redact", 0.8)).toMatchObject({ newly: { redacted: 1 } });
    expect(await tried("flag", 0.8)).toMatchObject({ newly: { flagged: 1 } });
    expect(await tried("block", 0.95)).toMatchObject({ newly: { blocked: 0 }, acting: [] });
  });

  it.each([
    ["of rules that observe", { mode: "observe" }],
    ["of a detector that failed", { degraded: { provider: "words", reason: "threw", failMode: "closed" } }],
    ["under an override", { verdict: "redact", override: "o" }],
    ["on the arguments of a call, which are in the log", { surface: "tool_arguments" }],
    ["on a prompt that waits, which is in the log", { verdict: "require_approval" }],
    ["that let the text through", { verdict: "flag" }],
  ] as const)("passes over decisions %s", async (_what, data) => {
    const { surfaces } = await test(nothing, [decided(data)], { baseline: blocking });
    expect(surfaces).toEqual([]);
  });
});

describe("backtest, with moderation", () => {
  const policy = policyOf({
    id: "harm",
    detector: "moderation",
    surfaces: ["user_input"],
    action: "require_approval",
    bands: { violence: { review: 0.4, block: 0.8 } },
    timeoutMs: 1000,
  });
  const events = [say("0.5"), say("0.9"), say("0.1")];

  it("asks the service that it is given", async () => {
    const { at, rules, notAsked } = await test(policy, events, { moderation });
    expect(at("user_input")?.newly).toMatchObject({ held: 1, blocked: 1 });
    expect(rules).toMatchObject([{ rule: "harm", after: 2 }]);
    expect(notAsked).toEqual([]);
  });

  it("names the rules that nobody answers, and judges their decisions by the recorded scores", async () => {
    const hit = { id: "harm", detector: "moderation@m", category: "violence", score: 0.9, count: 1 };
    const { at, notAsked } = await test(policy, [...events, decided({ rules: [hit] })], { baseline: policy });
    expect(notAsked).toEqual([{ rule: "harm", texts: 3 }]);
    expect(at("user_input")).toMatchObject({ withheld: 1, newly: { held: 0, blocked: 0, letThrough: 0 } });
  });

  it("does not take an outage for a verdict", async () => {
    const down = createModerationService({ moderator: { moderate: () => Promise.reject(new Error("down")) } });
    const { at, notAsked } = await test(policy, events, { moderation: down });
    expect(notAsked).toEqual([{ rule: "harm", texts: 3 }]);
    expect(at("user_input")?.newly.blocked).toBe(0);
  });
});
