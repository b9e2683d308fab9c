import { expect, it } from "vitest";
import { evaluate } from "../policy/evaluate.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { applyRedactions, withSpans } from "./apply-redactions.ts";
import { personDetector } from "./redaction.test.support.ts";

it("puts the places in the redacted text into the decision", () => {
  const rule = {
    id: "r",
    detector: "persons",
    surfaces: ["user_input"],
    action: "redact",
    onFailure: "closed",
  } as const;
  const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [personDetector] });
  const text = "ada@mail.example and bob@mail.example.";
  const evaluation = evaluate(policy, text, { surface: "user_input" });
  const redacted = applyRedactions(text, evaluation.redactions, () => "<mail>");
  expect(redacted.text).toBe("<mail> and <mail>.");
  const [decision] = withSpans(evaluation, redacted);
  expect(decision?.rules[0]?.spans).toEqual([
    [0, 6],
    [11, 17],
  ]);
});
