import type { Detector } from "../detectors/detector.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import type { RestoreRule, SafetyPolicy } from "../policy/safety-policy.ts";

/** Finds `tok_` and twelve letters, and what a field that is named a password holds. */
const tokenDetector: Detector = {
  id: "tokens",
  version: "1",
  categories: ["secret.token", "secret.password"],
  detect: ({ original }) => [
    ...matches(original, /tok_[a-z]{12}/g, "secret.token"),
    ...matches(original, /(?<="password": ")[^"]{1,100}/g, "secret.password"),
  ],
};

/** Finds addresses of e-mail and numbers of cards, by their looks. */
export const personDetector: Detector = {
  id: "persons",
  version: "1",
  categories: ["pii.email", "pii.card"],
  detect: ({ original }) => [
    ...matches(original, /\b[a-z]{1,20}@[a-z]{1,20}\.example\b/g, "pii.email"),
    ...matches(original, /\b4\d{15}\b/g, "pii.card"),
  ],
};

function matches(text: string, pattern: RegExp, category: string) {
  return [...text.matchAll(pattern)].map(({ index, 0: match }) => ({
    category,
    rule: category,
    start: index,
    end: index + match.length,
    score: 1,
  }));
}

/** Redacts whatever the two detectors find. */
export function redactingPolicy(...restore: readonly RestoreRule[]): SafetyPolicy {
  const common = { surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
  const rules = [
    { id: "tokens", detector: "tokens", ...common },
    { id: "persons", detector: "persons", ...common },
  ];
  return defineSafetyPolicy({ id: "p", version: "1", rules, restore }, { detectors: [tokenDetector, personDetector] });
}

/** A key as good as any for a test. */
export const testKey: Uint8Array = new Uint8Array(32).fill(7);
