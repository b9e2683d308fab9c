import { hitsToEnforce } from "../policy/decide.ts";
import type { RuleFindings, RuleHit } from "../policy/evaluation.ts";
import { toRedactions } from "../policy/redactions.ts";
import type { ActiveRule } from "../policy/safety-policy.ts";
import { createHeldText, type FoundRange } from "../stream/held-text.ts";
import { openFrom } from "../stream/open-from.ts";
import type { Examination } from "./examination.ts";
import type { SurfaceRecord } from "./surface-record.ts";

/** One run of text of an answer, as it is let through. */
export interface AnswerText {
  /** What was pushed. */
  readonly raw: string;
  /** What of it was let go. */
  readonly released: string;
  /** The end of what was pushed, and of the texts before. */
  readonly tail: string;
  push(delta: string): AnswerRelease;
  /** Lets go what is held, as far as nothing is found in it: another text begins, which goes on from here. */
  letGo(): AnswerRelease;
  /** Gives the rest, once more has been said about the whole. */
  end(): AnswerRelease;
}

/** What an {@link AnswerText} lets go. */
export interface AnswerRelease {
  readonly text: string;
  /** Whether nothing may come any more. */
  readonly blocked: boolean;
}

interface FoundHits extends FoundRange {
  /** What is redacted; nothing where the text ends. */
  readonly category: string | undefined;
  readonly hits: readonly RuleHit[];
}

/** What an {@link AnswerText} goes by. */
export interface AnswerTextOptions {
  readonly examination: Examination;
  readonly record: SurfaceRecord;
  /** The text of the answer that a reader joins it to: a match that was begun there is not completed here. */
  readonly before?: AnswerText | undefined;
}

/** So much of the texts before is looked at: as much as a private key is long. */
const lookedBackOn = 4_096;

/** Begins a text of an answer: what a rule redacts goes out replaced, what a rule blocks ends it, the rest is only noted. */
export function createAnswerText({ examination, record, before }: AnswerTextOptions): AnswerText {
  const { context } = record;
  const enforcing = examination.policy.rules.filter((rule) => rule.concerns(context) && mayChange(rule));
  const detectors = [...new Set(enforcing.flatMap(({ detector }) => detector ?? []))];
  let raw = "";
  let released = "";
  let blocked = false;

  const find = (text: string): readonly FoundHits[] => {
    const findings = record.measure(() => examination.ask(text, context, enforcing));
    // A detector that cannot answer is no reason to let go what it has not seen.
    if (findings.failures.length > 0) blocked ||= record.add({ hits: [], failures: findings.failures });
    return toFoundHits(findings, (verdicts) => hitsToEnforce(findings.hits, verdicts, context));
  };
  const tail = before?.tail ?? "";
  const held = createHeldText<FoundHits>({
    before: tail,
    find,
    openFrom: (text) => openFrom(text, detectors),
    replace: ({ category }, matched) => (category === undefined ? undefined : examination.replace(category, matched)),
  });

  const take = ({ text, found, ended }: ReturnType<typeof held.push>): AnswerRelease => {
    if (blocked) return { text: "", blocked };
    if (found.length > 0) record.add({ hits: found.flatMap(({ hits }) => hits), failures: [] });
    blocked = ended;
    released += text;
    return { text, blocked };
  };
  const passed = (delta: string): AnswerRelease => {
    released += delta;
    return { text: delta, blocked };
  };
  const letGo = (): AnswerRelease => (detectors.length === 0 ? passed("") : take(held.end()));
  return {
    get raw() {
      return raw;
    },
    get released() {
      return released;
    },
    get tail() {
      return (tail + raw.slice(-lookedBackOn)).slice(-lookedBackOn);
    },
    push(delta) {
      raw += delta;
      return detectors.length === 0 ? passed(delta) : take(held.push(delta));
    },
    letGo,
    end() {
      const rest = letGo();
      if (rest.blocked) return rest;
      blocked = noteWhole(examination, record, raw);
      return blocked ? { text: "", blocked } : rest;
    },
  };
}

/** Whether a rule may do more than take note. */
function mayChange({ rule }: ActiveRule): boolean {
  if (rule.mode === "observe") return false;
  const isNote = (rule.action === "allow" || rule.action === "flag") && rule.bands === undefined;
  return !isNote || rule.onFailure !== "open";
}

type ToEnforce = (verdicts: readonly ("redact" | "require_approval" | "block")[]) => readonly RuleHit[];

function toFoundHits({ hits }: RuleFindings, toEnforce: ToEnforce): readonly FoundHits[] {
  if (hits.length === 0) return [];
  const redacting = toEnforce(["redact"]);
  const redacted = toRedactions(redacting).map((range): FoundHits => {
    const behind = redacting.filter(
      ({ span }) => span !== undefined && span.start < range.end && span.end > range.start,
    );
    return { ...range, hits: behind };
  });
  const ending = toEnforce(["require_approval", "block"]).flatMap((hit): readonly FoundHits[] =>
    hit.span === undefined ? [] : [{ ...hit.span, category: undefined, hits: [hit] }],
  );
  return [...redacted, ...ending].toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** Takes note of what only has to be noted, which the whole tells best. Says whether it must not go on after all. */
function noteWhole(examination: Examination, record: SurfaceRecord, raw: string): boolean {
  const { context } = record;
  const { hits, failures } = record.measure(() => examination.ask(raw, context));
  const enforced = new Set(hitsToEnforce(hits, ["redact", "require_approval", "block"], context));
  return record.add({ hits: hits.filter((hit) => !enforced.has(hit)), failures });
}
