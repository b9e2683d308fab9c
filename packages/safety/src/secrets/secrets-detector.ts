import type { Finding } from "../detectors/finding.ts";
import type { ScannedText } from "../detectors/scanned-text.ts";
import type { StreamedDetector } from "../stream/streamed-detector.ts";
import { assignmentRule } from "./assignment-rule.ts";
import { authorizationRule } from "./authorization-rule.ts";
import { cloudTokens } from "./cloud-tokens.ts";
import { curlUserRule } from "./curl-user-rule.ts";
import { jwtRules } from "./jwt-rules.ts";
import { commandPasswordRule } from "./command-password-rule.ts";
import { cookieRule } from "./cookie-rule.ts";
import { createKeywordAutomaton } from "./keyword-automaton.ts";
import { createKnownValues } from "./known-values.ts";
import type { KnownValues } from "./known-values.ts";
import { kubernetesSecretRule } from "./kubernetes-secret-rule.ts";
import { privateKeyEndRule } from "./private-key-end-rule.ts";
import { encodedPrivateKeyRule, privateKeyRule } from "./private-key-rule.ts";
import type { KeywordVisitor, SecretRule } from "./secret-rule.ts";
import { serviceTokens } from "./service-tokens.ts";
import { telegramRule } from "./telegram-rule.ts";
import { tokenRule } from "./token-rule.ts";
import { urlCredentialsRule } from "./url-credentials-rule.ts";

/** Options of {@link createSecretsDetector}. */
export interface SecretsDetectorOptions {
  /**
   * Secrets that are known, as the environment and the secret source hold them. They are found in clear and in base64,
   * base64url, URL-encoded, JSON-escaped and hexadecimal form. Values of fewer than 8 characters are not looked for.
   */
  readonly known?: Iterable<string>;
}

const rules: readonly SecretRule[] = [
  ...cloudTokens.map(tokenRule),
  ...serviceTokens.map(tokenRule),
  ...jwtRules,
  telegramRule,
  privateKeyRule,
  privateKeyEndRule,
  encodedPrivateKeyRule,
  kubernetesSecretRule,
  curlUserRule,
  commandPasswordRule,
  urlCredentialsRule,
  authorizationRule,
  cookieRule,
  assignmentRule,
];

const knownRule = "known-value";

/** The category of each rule. */
const categories = new Map([...rules.map(({ id }) => id), knownRule].map((id) => [id, categoryOf(id)]));

/** Each keyword with its rule: a word may be the keyword of several. */
const keywords = rules.flatMap((rule, index) => rule.keywords.map((keyword) => ({ keyword, rule, index })));
const automaton = createKeywordAutomaton(keywords.map(({ keyword }) => keyword));

/**
 * Makes the detector of secrets: tokens of about a hundred issuers by their form; private keys; passwords in addresses,
 * `curl -u` and fields with a telling name (`password: …`, `"api_key": "…"`); `Authorization` fields; sessions in cookies;
 * values of Kubernetes Secrets; and values that are known to be secret. Examples, placeholders, references to variables, commit hashes and bare
 * UUIDs are none. A keyword must be there before any pattern runs, every pattern is bounded, and the whole is linear in the
 * length of the text.
 *
 * Categories are `secret.` and the rule: `secret.github_token`, `secret.private_key`, `secret.known_value`.
 *
 * @example
 * ```ts
 * import { createSecretsDetector, scanText } from "@agentkit/safety";
 *
 * const detector = createSecretsDetector({ known: ["correct horse battery staple"] });
 * console.log(detector.detect(scanText("password: hunter2"), { source: "user" }));
 * // [ { category: "secret.assigned_secret", rule: "assigned-secret", start: 10, end: 17, score: 0.7 } ]
 * ```
 */
export function createSecretsDetector({ known = [] }: SecretsDetectorOptions = {}): StreamedDetector {
  const knownValues = createKnownValues(known);
  return {
    id: "secrets",
    version: "1",
    categories: [...categories.values()],
    detect: (text) => withoutInner([...ruleFindings(text), ...knownFindings(text, knownValues)]),
    openFrom: (text) => Math.min(openRuleFrom(text), knownValues.openFrom(text)),
  };
}

function ruleFindings(text: ScannedText): readonly Finding[] {
  const visitors: (KeywordVisitor | undefined)[] = [];
  const findings: Finding[] = [];
  // Looked for once for all rules: a text without white space is one run.
  let runEnd = 0;
  automaton.visit(text.normalized, (keyword, at) => {
    const entry = keywords[keyword];
    if (entry === undefined) return;
    const visit = (visitors[entry.index] ??= entry.rule.open(text.normalized));
    if (at.end > runEnd) runEnd = endOfRun(text.normalized, at.end);
    const found = visit({ ...at, runEnd });
    if (found === undefined) return;
    const spans = "start" in found ? [found] : found;
    for (const span of spans) findings.push(toFinding(entry.rule.id, text.toOriginal(span.start, span.end)));
  });
  return findings;
}

function endOfRun(text: string, from: number): number {
  const space = /\s/g;
  space.lastIndex = from;
  return space.exec(text)?.index ?? text.length;
}

function knownFindings(text: ScannedText, values: KnownValues): readonly Finding[] {
  const inNormalized = values
    .find(text.normalized)
    .map(({ start, end }) => toFinding(knownRule, text.toOriginal(start, end)));
  // Values are looked for as they are too: normalization may have changed them.
  const inOriginal = text.original === text.normalized ? [] : values.find(text.original);
  return [...inNormalized, ...inOriginal.map(({ start, end }) => toFinding(knownRule, [start, end]))];
}

function toFinding(rule: string, [start, end]: readonly [number, number]): Finding {
  return { category: categories.get(rule) ?? categoryOf(rule), rule, start, end, score: scores[rule] ?? 0.95 };
}

/** Rules that go by what stands around a value are less sure than those that know its form. */
const scores: Readonly<Record<string, number>> = {
  [assignmentRule.id]: 0.7,
  [authorizationRule.id]: 0.8,
  [cookieRule.id]: 0.8,
  [curlUserRule.id]: 0.8,
  [commandPasswordRule.id]: 0.8,
  [urlCredentialsRule.id]: 0.8,
  "google-service-account": 0.6,
  [knownRule]: 1,
};

function categoryOf(rule: string): string {
  return `secret.${rule.replaceAll("-", "_")}`;
}

/** In the order of the text, without what lies inside another finding; of two of the same place the surer one stays. */
function withoutInner(findings: readonly Finding[]): readonly Finding[] {
  const sorted = findings.toSorted((a, b) => a.start - b.start || b.end - a.end || b.score - a.score);
  const outer: Finding[] = [];
  for (const finding of sorted) {
    const last = outer.at(-1);
    if (last === undefined || finding.end > last.end) outer.push(finding);
  }
  return outer;
}

function openRuleFrom(text: string): number {
  let from = text.length;
  automaton.visit(text, (keyword, at) => {
    const open = keywords[keyword]?.rule.openFrom?.(text, at);
    if (open !== undefined && open < from) from = open;
  });
  return from;
}
