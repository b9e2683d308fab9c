import { askDetectors } from "../policy/evaluate.ts";
import type { EvaluationContext, Redaction } from "../policy/evaluation.ts";
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
}

/** A new match can only come up where an earlier one was cut out, which soon ends. */
const mostRounds = 16;

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
    const next = redactOnce(current, key, redaction);
    if (next === current) {
      // What stands in brackets is clean in one session and not in another.
      if (round === 0 && !text.includes("[[")) redaction.clean.add(text, key);
      return current;
    }
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
function isFree({ type }: TextPiece): boolean {
  return type === "text" || type === "lookalike";
}

function redactFree(text: string, key: string | undefined, redaction: TextRedaction): string {
  if (text.length < shortestValue) return text;
  const { placeholders } = redaction;
  const redactions = findRedactions(text, key, redaction);
  if (redactions === "withhold") return placeholders.of("withheld.detector_failed", text);
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

function findRedactions(
  text: string,
  key: string | undefined,
  { policy, context }: TextRedaction,
): readonly Redaction[] | "withhold" {
  const named = key !== undefined && key.length <= 100 && tellingKey.test(key) ? `"${key}": "` : "";
  const found = ask(policy, text, context);
  if (found === "withhold" || named === "") return found;
  const within = ask(policy, `${named}${text}"`, context);
  if (within === "withhold") return within;
  const shifted = within.flatMap(({ start, end, category }) => {
    const to = Math.min(end - named.length, text.length);
    return to > 0 ? [{ start: Math.max(start - named.length, 0), end: to, category }] : [];
  });
  return joinRedactions([...found, ...shifted]);
}

function ask(policy: SafetyPolicy, text: string, context: EvaluationContext): readonly Redaction[] | "withhold" {
  const { hits, failures } = askDetectors(policy, text, context);
  const closes = ({ rule }: (typeof failures)[number]): boolean =>
    rule.mode === "enforce" && isAtLeast(verdictOfFailure(rule.onFailure), "require_approval");
  if (failures.some(closes)) return "withhold";
  return toRedactions(hits.filter(({ rule, verdict }) => rule.mode === "enforce" && isAtLeast(verdict, "redact")));
}
