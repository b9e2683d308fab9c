import { AgentKitError, type ErrorCode, type ModerationScores, type Moderator } from "@agentkit/core";
import { fixedClock } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { wordDetector } from "../policy/policy.test.support.ts";
import type { SafetyPolicy, SafetyRule } from "../policy/safety-policy.ts";
import { evaluateWithModeration } from "./evaluate-with-moderation.ts";
import { createModerationService, type ModerationServiceOptions } from "./moderation-service.ts";

type Answer = (texts: readonly string[], signal: AbortSignal) => Promise<readonly ModerationScores[]>;

function scored(scores: Readonly<Record<string, number>>): Answer {
  return async (texts) => texts.map(() => ({ scores, flagged: false, model: "omni-1" }));
}

function fails(code: ErrorCode, retryAfterMs?: number): Answer {
  return async () => {
    throw new AgentKitError(code, "no", retryAfterMs === undefined ? {} : { retryAfterMs });
  };
}

function setUp(answer: Answer, options: Partial<ModerationServiceOptions> = {}) {
  const clock = fixedClock(0);
  const asked: (readonly string[])[] = [];
  const script = { answer };
  const moderator: Moderator = {
    moderate: async (texts, { signal = new AbortController().signal } = {}) => {
      asked.push(texts);
      return script.answer(texts, signal);
    },
  };
  return { clock, asked, script, moderation: createModerationService({ moderator, clock, ...options }) };
}

const rule: SafetyRule = {
  id: "harm",
  detector: "moderation",
  bands: { "violence*": { review: 0.4, block: 0.8 } },
  surfaces: ["user_input"],
  action: "require_approval",
  onFailure: "open",
  timeoutMs: 1_000,
};

function policyOf(...rules: readonly SafetyRule[]): SafetyPolicy {
  return defineSafetyPolicy(
    { id: "p", version: "1", rules },
    { detectors: [wordDetector("words", { rose: ["word.flower", 1] })] },
  );
}

const harmless = { violence: 0.1, "violence/graphic": 0 };

describe("evaluateWithModeration", () => {
  it.each([
    [0.1, "allow"],
    [0.4, "require_approval"],
    [0.8, "block"],
  ])("decides on a score of %d by the two bands: %s", async (violence, verdict) => {
    const { moderation } = setUp(scored({ ...harmless, violence, hate: 1 }));
    const evaluation = await evaluateWithModeration(policyOf(rule), "text", { surface: "user_input", moderation });
    expect(evaluation.verdict).toBe(verdict);
    expect(evaluation.decisions[0]?.rules.map(({ detector, score }) => [detector, score])).toEqual(
      verdict === "allow" ? [] : [["moderation@omni-1", violence]],
    );
  });

  it("asks detectors first, and sends nothing that they block", async () => {
    const { moderation, asked } = setUp(scored(harmless));
    const local: SafetyRule = {
      id: "l",
      detector: "words",
      surfaces: ["user_input"],
      action: "block",
      onFailure: "closed",
    };
    const policy = policyOf(local, rule);
    expect((await evaluateWithModeration(policy, "a rose", { surface: "user_input", moderation })).verdict).toBe(
      "block",
    );
    expect(asked).toEqual([]);
    await evaluateWithModeration(policy, "a stone", { surface: "user_input", moderation });
    expect(asked).toEqual([["a stone"]]);
  });

  const outages: readonly [string, Answer, string][] = [
    ["429", fails("model_rate_limited"), "model_rate_limited"],
    ["500", fails("model_overloaded"), "model_overloaded"],
    ["a dropped connection", fails("model_unreachable"), "model_unreachable"],
    ["a malformed answer", scored({ violence: 7 }), "model_response_invalid"],
    ["an answer to fewer texts", async () => [], "model_response_invalid"],
    ["an answer without scores", scored({}), "model_response_invalid"],
    ["an error of nobody's", () => Promise.reject(new TypeError("the text")), "threw"],
    ["a category that was not scored", scored({ violence: 0.1 }), "category_not_scored"],
  ];
  it.each(
    outages.flatMap(([name, answer, reason]) => [
      { name, answer, reason, failMode: "open" as const, verdict: "flag" },
      { name, answer, reason, failMode: "queue" as const, verdict: "require_approval" },
      { name, answer, reason, failMode: "closed" as const, verdict: "block" },
    ]),
  )("takes the declared path at $name: $failMode", async ({ answer, reason, failMode, verdict }) => {
    const { moderation } = setUp(answer);
    const policy = policyOf({ ...rule, onFailure: failMode });
    const { verdict: decided, decisions } = await evaluateWithModeration(policy, "text", {
      surface: "user_input",
      moderation,
    });
    expect(decided).toBe(verdict);
    expect(decisions[0]?.degraded).toEqual({ provider: "moderation", reason, failMode });
  });

  it.each(["model_authentication_failed", "model_request_rejected", "model_not_found", "config_invalid"] as const)(
    "is closed whatever the rule says when the configuration is at fault: %s",
    async (code) => {
      const { moderation } = setUp(fails(code));
      const { verdict, decisions } = await evaluateWithModeration(policyOf(rule), "text", {
        surface: "user_input",
        moderation,
      });
      expect([verdict, decisions[0]?.degraded?.failMode]).toEqual(["block", "closed"]);
    },
  );

  it("waits no longer than the rule allows, also for a moderator that ignores its signal", async () => {
    const { moderation, clock } = setUp(() => new Promise(() => undefined));
    const evaluating = evaluateWithModeration(policyOf(rule), "text", { surface: "user_input", moderation });
    await Promise.resolve();
    clock.advance(1_000);
    const { decisions } = await evaluating;
    expect(decisions[0]).toMatchObject({ verdict: "flag", degraded: { reason: "model_timeout", failMode: "open" } });
  });

  it("throws when it is called off", async () => {
    const { moderation } = setUp(
      (_texts, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const controller = new AbortController();
    const evaluating = evaluateWithModeration(policyOf(rule), "text", {
      surface: "user_input",
      moderation,
      signal: controller.signal,
    });
    controller.abort();
    await expect(evaluating).rejects.toThrow(expect.objectContaining({ code: "aborted" }));
  });
});

describe("createModerationService", () => {
  const options = { timeoutMs: 1_000 };

  it("remembers scores by text, and takes the highest of the windows of a long one", async () => {
    const { moderation, asked, script } = setUp(async (texts) =>
      texts.map((text) => ({ scores: { violence: text.includes("bad") ? 0.9 : 0.1 }, flagged: false, model: "m" })),
    );
    const long = `${"good words ".repeat(200)}bad words`;
    expect(await moderation.moderate(long, options)).toEqual({ type: "scored", scores: { violence: 0.9 }, model: "m" });
    const windows = asked[0] ?? [];
    expect(windows.every((window) => window.length <= 800)).toBe(true);
    script.answer = fails("model_overloaded");
    expect((await moderation.moderate(long, options)).type).toBe("scored");
    expect(asked).toHaveLength(1);
  });

  it("forgets what was not asked for the longest", async () => {
    const { moderation, asked } = setUp(scored({ violence: 0 }), { cacheEntries: 2 });
    for (const text of ["a", "b", "a", "c", "a", "b"]) await moderation.moderate(text, options);
    expect(asked.flat()).toEqual(["a", "b", "c", "b"]);
  });

  it("keeps under the limit of tokens by itself: waits when it may, fails when that would be too long", async () => {
    const { moderation, clock, asked } = setUp(scored({ violence: 0 }), { tokensPerMinute: 60 });
    await moderation.moderate("x".repeat(240), options);
    expect(await moderation.moderate("y".repeat(240), options)).toMatchObject({
      type: "failed",
      reason: "rate_limited",
    });
    const waiting = moderation.moderate("zzzz", options);
    await Promise.resolve();
    clock.advance(1_000);
    expect((await waiting).type).toBe("scored");
    expect(asked).toHaveLength(2);
  });

  it("leaves the server alone for as long as it asks", async () => {
    const { moderation, clock, asked, script } = setUp(fails("model_rate_limited", 5_000));
    await moderation.moderate("a", options);
    script.answer = scored({ violence: 0 });
    expect(await moderation.moderate("a", options)).toMatchObject({ reason: "rate_limited" });
    clock.advance(5_000);
    expect((await moderation.moderate("a", options)).type).toBe("scored");
    expect(asked).toHaveLength(2);
  });

  it("opens the circuit after failures in a row, and lets one call through when the time is up", async () => {
    const { moderation, clock, asked, script } = setUp(fails("model_overloaded"), { failures: 2, openMs: 10_000 });
    for (const text of ["a", "b", "c"]) await moderation.moderate(text, options);
    expect(await moderation.moderate("d", options)).toMatchObject({ reason: "circuit_open", isConfiguration: false });
    expect(asked).toHaveLength(2);
    clock.advance(10_000);
    await moderation.moderate("e", options);
    expect(await moderation.moderate("f", options)).toMatchObject({ reason: "circuit_open" });
    clock.advance(10_000);
    script.answer = scored({ violence: 0 });
    expect((await moderation.moderate("g", options)).type).toBe("scored");
    expect((await moderation.moderate("h", options)).type).toBe("scored");
  });

  it("does not count a refusal of the request as an outage", async () => {
    const { moderation, asked } = setUp(fails("model_request_rejected"), { failures: 1 });
    for (const text of ["a", "b"])
      expect(await moderation.moderate(text, options)).toMatchObject({ isConfiguration: true });
    expect(asked).toHaveLength(2);
  });
});
