import type { EventData } from "@agentkit/core";
import type { Evaluation, Redaction } from "../policy/evaluation.ts";

/** A text with its redactions made. */
export interface RedactedText {
  readonly text: string;
  /** Where each redaction stands in it, in order, as UTF-16 offsets. */
  readonly spans: readonly (readonly [start: number, end: number])[];
}

/**
 * Makes the redactions of an evaluation in its text.
 *
 * @example
 * ```ts
 * import { applyRedactions } from "@agentkit/safety";
 *
 * const redactions = [{ start: 5, end: 20, category: "pii.email" }];
 * console.log(applyRedactions("I am ada@example.org", redactions, ({ category }) => `<${category}>`).text); // I am <pii.email>
 * ```
 */
export function applyRedactions(
  text: string,
  redactions: readonly Redaction[],
  replace: (redaction: Redaction, value: string) => string,
): RedactedText {
  const parts: string[] = [];
  const spans: [number, number][] = [];
  let end = 0;
  let length = 0;
  for (const redaction of redactions) {
    const replacement = replace(redaction, text.slice(redaction.start, redaction.end));
    const start = length + redaction.start - end;
    parts.push(text.slice(end, redaction.start), replacement);
    spans.push([start, start + replacement.length]);
    length = start + replacement.length;
    end = redaction.end;
  }
  return { text: parts.join("") + text.slice(end), spans };
}

/** Puts the places of the redactions into the decision that is enforced: offsets into the redacted text, never the text. */
export function withSpans(
  { decisions, redactions }: Evaluation,
  { spans }: RedactedText,
): readonly EventData<"ModerationDecided">[] {
  return decisions.map((decision) => {
    if (decision.mode === "observe") return decision;
    const rules = decision.rules.map((rule) => {
      const own = spans.filter((_, index) => redactions[index]?.category === rule.category);
      return own.length === 0 ? rule : { ...rule, spans: own.map(([start, end]): [number, number] => [start, end]) };
    });
    return { ...decision, rules };
  });
}
