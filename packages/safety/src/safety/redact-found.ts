import { hitsToEnforce } from "../policy/decide.ts";
import type { EvaluationContext, RuleFindings } from "../policy/evaluation.ts";
import { toRedactions } from "../policy/redactions.ts";
import { applyRedactions, type RedactedText } from "../redaction/apply-redactions.ts";
import { createCleanTexts } from "../redaction/clean-texts.ts";
import { redactValue } from "../redaction/redact-value.ts";
import type { Examination } from "./examination.ts";

/** A text that was asked about, and what the rules have to say of it. */
export interface AskedText {
  readonly text: string;
  readonly findings: RuleFindings;
  readonly context: EvaluationContext;
}

/**
 * A text with the session's placeholders for what has to be redacted in it, and where they stand. What was JSON is JSON; where it
 * had to be put together anew, nobody knows where.
 */
export function redactFound(examination: Examination, { text, findings, context }: AskedText): RedactedText {
  const redactions = toRedactions(hitsToEnforce(findings.hits, ["redact"], context));
  if (redactions.length === 0) return { text, spans: [] };
  const redacted = applyRedactions(text, redactions, ({ category }, value) => examination.replace(category, value));
  const value = parseContainer(text);
  if (value === undefined || parseContainer(redacted.text) !== undefined) return redacted;
  return { text: redactWithin(value, examination, context), spans: [] };
}

/** Where a number has to go, or what stands over several values: each value by itself. */
function redactWithin(value: object, examination: Examination, context: EvaluationContext): string {
  const { policy, placeholders } = examination;
  const redacted = redactValue(value, {
    policy,
    context,
    placeholders,
    clean: createCleanTexts().of([]),
    keep: (placeholder, category, own) => examination.keep(placeholder, category, own),
  });
  const text = JSON.stringify(redacted);
  const rest = hitsToEnforce(examination.ask(text, context).hits, ["redact"], context);
  return rest.length === 0 ? text : JSON.stringify(placeholders.of("withheld.unstable", text));
}

function parseContainer(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
