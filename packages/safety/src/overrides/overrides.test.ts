import { describe, expect, it } from "vitest";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { evaluate } from "../policy/evaluate.ts";
import { wordDetector } from "../policy/policy.test.support.ts";
import { grantOverride } from "./grant-override.ts";
import { evolveOverrides, type OverrideEvent } from "./override-book.ts";

const rule = {
  id: "roses",
  detector: "words",
  surfaces: ["user_input"],
  action: "block",
  onFailure: "closed",
} as const;
const policy = defineSafetyPolicy(
  { id: "p", version: "1", rules: [rule] },
  { detectors: [wordDetector("words", { rose: ["word.flower", 1] })] },
);
const time = Date.parse("2026-11-22T12:00:00.000Z");
const wanted = { rule: "roses", reason: "ticket 12", scope: "session:a1", expires: "2026-11-22T13:00:00.000Z" };
const granted = (scope: string): OverrideEvent => ({
  type: "OverrideGranted",
  id: "3f0c5b6e-6f0a-4d7e-9a53-0b1f6f0c2d11",
  data: { ...wanted, scope },
  meta: { actor: "person:ada" },
});

describe("an override", () => {
  it("lets its rule go, is named in the decision, and each use is counted", () => {
    let overrides = evolveOverrides([], granted("session:a1"));
    overrides = evolveOverrides(overrides, granted("session:a1"));
    for (let use = 1; use <= 2; use += 1) {
      const { verdict, decisions } = evaluate(policy, "a rose", {
        surface: "user_input",
        session: "a1",
        overrides,
        time,
      });
      const [data] = decisions;
      expect([verdict, data?.override, data?.rules[0]?.id]).toEqual(["allow", overrides[0]?.id, "roses"]);
      if (data !== undefined) overrides = evolveOverrides(overrides, { type: "ModerationDecided", data });
      expect(overrides).toMatchObject([{ actor: "person:ada", reason: "ticket 12", uses: use }]);
    }
  });

  it.each([
    ["session:a1", { session: "a1" }, "allow"],
    ["session:a1", { session: "b2" }, "block"],
    ["session:a1", {}, "block"],
    ["agent:desk", { agent: "desk" }, "allow"],
    ["tenant:acme", { tenant: "acme" }, "allow"],
    ["surface:user_input", {}, "allow"],
    ["surface:append", {}, "block"],
    ["*", {}, "allow"],
  ])("of scope %s on %j comes to %s", (scope, part, verdict) => {
    const overrides = evolveOverrides([], granted(scope));
    expect(evaluate(policy, "a rose", { surface: "user_input", overrides, time, ...part }).verdict).toBe(verdict);
  });

  it("ends when it expires, and does not apply without a time", () => {
    const overrides = evolveOverrides([], granted("*"));
    const verdictAt = (at: number | undefined) =>
      evaluate(policy, "a rose", { surface: "user_input", overrides, ...(at !== undefined && { time: at }) }).verdict;
    expect([verdictAt(time + 3_600_000 - 1), verdictAt(time + 3_600_000), verdictAt(undefined)]).toEqual([
      "allow",
      "block",
      "block",
    ]);
  });

  it("does nothing for a detector that failed", () => {
    const overrides = evolveOverrides([], granted("*"));
    const ticks = [0, 0, 30, 30];
    const slow = defineSafetyPolicy(
      { id: "p", version: "1", rules: [{ ...rule, timeoutMs: 20 }] },
      { detectors: [wordDetector("words", { rose: ["word.flower", 1] })] },
    );
    const context = { surface: "user_input", overrides, time, timer: () => ticks.shift() ?? 30 } as const;
    expect(evaluate(slow, "a rose", context).verdict).toBe("block");
  });
});

describe("grantOverride", () => {
  it("gives the data of the event", () => {
    expect(grantOverride(wanted, { policy, time })).toEqual(wanted);
  });

  it.each([
    ["rule", { rule: "tulips" }],
    ["reason", { reason: "  " }],
    ["scope", { scope: "everywhere" }],
    ["scope", { scope: "session:" }],
    ["expires", { expires: "2026-11-22T12:00:00.000Z" }],
    ["expires", { expires: "soon" }],
  ])("refuses a bad %s", (param, part) => {
    expect(() => grantOverride({ ...wanted, ...part }, { policy, time })).toThrow(
      expect.objectContaining({ code: "input_invalid", param }),
    );
  });
});
