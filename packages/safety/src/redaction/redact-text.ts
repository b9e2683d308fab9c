import { askDetectors } from "../policy/evaluate.ts";
import type { EvaluationContext, Redaction, RuleFailure, RuleFindings, RuleHit } from "../policy/evaluation.ts";
import { joinRedactions, toRedactions } from "../policy/redactions.ts";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import { isAtLeast, verdictOfFailure } from "../policy/verdict.ts";
import type { CleanTexts } from "./clean-texts.ts";
import type { Placeholders, TextPiece } from "./placeholder.ts";

/** What texts of one session are redacted with. */
export interface TextRedaction {
  readonly policy: SafetyPolicy;
  readonly context: EvaluationContext;
  readonly placeholders: Placeholders;
  readonly clean: CleanTexts;
  /** Takes what a placeholder stands for. */
  keep(placeholder: string, category: string, value: string): void;
  /** Takes why something was taken out. */
  readonly report?: ((findings: RuleFindings) => void) | undefined;
}

/** A new match can only come up where an earlier one was cut out, which soon ends. */
export const mostRounds = 16;

/** No value that has to be redacted is shorter. */
const shortestValue = 4;

/**
 * Redacts a text, to the point where redacting it again changes nothing. The key under which it stands says what it is:
 * `hunter2` is nothing, and a secret under `password`.
 */
export function redactText(text: string, key: string | undefined, redaction: TextRedaction): string {
  if (text.length < shortestValue || redaction.clean.has(text, key)) return text;
  let current = text;
  for (let round = 0; round < mostRounds; round += 1) {
    const report = ({ hits, failures }: RuleFindings): void => {
      // What is only observed stays, and would be found in every round.
      redaction.report?.({ hits: round === 0 ? hits : hits.filter(isEnforced), failures });
    };
    const next = redactOnce(current, key, { ...redaction, report });
    if (next === current) return current;
    current = next;
  }
  return redaction.placeholders.of("withheld.unstable", text);
}

function redactOnce(text: string, key: string | undefined, redaction: TextRedaction): string {
  const { placeholders } = redaction;
  const pieces: readonly TextPiece[] = text.includes("[[") ? placeholders.split(text) : [{ type: "text", text }];
  const parts: string[] = [];
  let changed = false;
  for (let index = 0; index < pieces.length;) {
    let free = "";
    for (let piece = pieces[index]; piece !== undefined && isFree(piece); piece = pieces[index]) {
      free += piece.text;
      index += 1;
    }
    const redacted = redactFree(free, key, redaction);
    changed ||= redacted !== free;
    parts.push(redacted, pieces[index]?.text ?? "");
    index += 1;
  }
  if (changed) return parts.join("");
  return pieces.map((piece) => (piece.type === "lookalike" ? placeholders.escape(piece.text) : piece.text)).join("");
}

/** What only looks like a placeholder is text like any other, and may hold a secret. */
export function isFree({ type }: TextPiece): boolean {
  return type === "text" || type === "lookalike";
}

function redactFree(text: string, key: string | undefined, redaction: TextRedaction): string {
  if (text.length < shortestValue || redaction.clean.has(text, key)) return text;
  const { placeholders } = redaction;
  const { redactions, hits, failures, passed, observed } = findRedactions(text, key, redaction);
  // What stands in brackets is clean in one session and not in another.
  const isClean = [hits, failures, passed, observed].every(({ length }) => length === 0) && !text.includes("[[");
  if (isClean) redaction.clean.add(text, key);
  if (failures.length > 0) {
    redaction.report?.({ hits: [], failures });
    return placeholders.of("withheld.detector_failed", text);
  }
  redaction.report?.({ hits: [...hitsBehind(redactions, hits), ...observed], failures: passed });
  const parts: string[] = [];
  let end = 0;
  for (const { start, end: stop, category } of redactions) {
    const value = text.slice(start, stop);
    const placeholder = placeholders.of(category, value);
    redaction.keep(placeholder, category, value);
    parts.push(text.slice(end, start), placeholder);
    end = stop;
  }
  return end === 0 ? text : parts.join("") + text.slice(end);
}

/** Words in names of fields whose values are told by the name alone. */
const tellingKey =
  /pass|pwd|pin|secret|token|key|auth|cred|cookie|session|signature|jwt|bearer|dsn|conn|mail|phone|mobile|tel|fax|card|iban|account|ssn|tax|passport|licen|ip/i;

interface Found {
  readonly redactions: readonly Redaction[];
  readonly hits: readonly RuleHit[];
  /** Failures for which the whole text is withheld. */
  readonly failures: readonly RuleFailure[];
  /** Failures for which the text is let through, which is told of. */
  readonly passed: readonly RuleFailure[];
  /** What rules would do that only observe. */
  readonly observed: readonly RuleHit[];
}

/** Whether a hit is of a rule that does what it says. */
export function isEnforced({ rule }: RuleHit): boolean {
  return rule.mode === "enforce";
}

/** Each redaction is told of once, by a rule that asks for it. Both are gone through once, in the order of the text. */
export function hitsBehind(redactions: readonly Redaction[], hits: readonly RuleHit[]): readonly RuleHit[] {
  const inOrder = hits.toSorted((left, right) => (left.span?.start ?? 0) - (right.span?.start ?? 0));
  let next = 0;
  return redactions.flatMap((made) => {
    const from = next;
    while ((inOrder[next]?.span?.start ?? made.end) < made.end) next += 1;
    return inOrder.slice(from, next).find((hit) => isBehind(hit, made)) ?? [];
  });
}

function isBehind({ span, category }: RuleHit, redaction: Redaction): boolean {
  const overlaps = span !== undefined && span.start < redaction.end && span.end > redaction.start;
  return overlaps && category === redaction.category;
}

/** What has to be redacted in a text that has no placeholders in it. The key says what it is. */
export function findRedactions(text: string, key: string | undefined, { policy, context }: TextRedaction): Found {
  const named = key !== undefined && key.length <= 100 && tellingKey.test(key) ? `"${key}": "` : "";
  const found = ask(policy, text, context);
  if (found.failures.length > 0 || named === "") return found;
  const within = ask(policy, `${named}${text}"`, context);
  const toOwn = <Range extends { readonly start: number; readonly end: number }>(range: Range): readonly Range[] => {
    const end = Math.min(range.end - named.length, text.length);
    return end > 0 ? [{ ...range, start: Math.max(range.start - named.length, 0), end }] : [];
  };
  const hits = within.hits.flatMap((hit) =>
    hit.span === undefined ? [] : toOwn(hit.span).map((span) => ({ ...hit, span })),
  );
  return {
    redactions: joinRedactions([...found.redactions, ...within.redactions.flatMap(toOwn)]),
    hits: [...found.hits, ...hits],
    failures: within.failures,
    passed: [...found.passed, ...within.passed],
    observed: found.observed,
  };
}

function ask(policy: SafetyPolicy, text: string, context: EvaluationContext): Found {
  const findings = askDetectors(policy, text, context);
  const enforced = findings.failures.filter(({ rule }) => rule.mode === "enforce");
  const hits = findings.hits.filter((hit) => isEnforced(hit) && isAtLeast(hit.verdict, "redact"));
  return {
    redactions: toRedactions(hits),
    hits,
    failures: enforced.filter(isClosing),
    passed: enforced.filter((failure) => !isClosing(failure)),
    observed: findings.hits.filter((hit) => !isEnforced(hit)),
  };
}

function isClosing({ rule }: RuleFailure): boolean {
  return isAtLeast(verdictOfFailure(rule.onFailure), "require_approval");
}
