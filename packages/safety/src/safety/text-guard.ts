import type { Guarded } from "@agentkit/core";
import { withSpans } from "../redaction/apply-redactions.ts";
import type { Surface } from "../policy/verdict.ts";
import { type Examination, joinFindings } from "./examination.ts";
import { redactFound } from "./redact-found.ts";

/** Looks at a text that stands at a surface by itself. A text that detectors block is not sent to be moderated. */
export async function guardText(examination: Examination, surface: Surface, text: string): Promise<Guarded<string>> {
  if (!examination.concerns(surface)) return { verdict: "allow", value: text, decisions: [] };
  const { timer } = examination;
  const started = timer();
  const context = examination.context(surface);
  const local = examination.ask(text, context);
  const first = examination.decide(local, context, 0);
  const moderated = first.verdict === "block" ? [] : [await examination.moderate(text, context)];
  const findings = joinFindings([local, ...moderated]);
  const evaluation = examination.decide(findings, context, Math.max(timer() - started, 0));
  const { verdict, decisions } = evaluation;
  if (verdict === "block") return { verdict, value: "", decisions };
  const redacted = redactFound(examination, { text, findings, context });
  return { verdict, value: redacted.text, decisions: withSpans(evaluation, redacted) };
}
