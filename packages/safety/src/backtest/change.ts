import type { Redaction } from "../policy/evaluation.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Judgement } from "./judge-text.ts";

/** What another policy would newly do with a text, in the order of a report. */
export const changes = ["blocked", "held", "redacted", "flagged", "letThrough", "unflagged"] as const;

/**
 * What another policy would newly do with a text: block it, hold it for a person, take something out, mark it; let through what
 * was stopped or taken out; or no longer mark it.
 */
export type Change = (typeof changes)[number];

/** How a text fares under another policy than before; nothing where nothing changes. */
export function compareJudgements(before: Omit<Judgement, "hits">, after: Omit<Judgement, "hits">): readonly Change[] {
  const stopped = compareStops(before.verdict, after.verdict);
  if (stopped !== undefined) return stopped;
  const found: Change[] = [];
  if (!covers(before.redactions, after.redactions)) found.push("redacted");
  if (!covers(after.redactions, before.redactions)) found.push("letThrough");
  if (after.verdict === "flag" && before.verdict === "allow") found.push("flagged");
  if (after.verdict === "allow" && before.verdict === "flag") found.push("unflagged");
  return found;
}

/** The changes of texts that one of two verdicts keeps from going on; `undefined` where both let it. */
export function compareStops(before: Verdict, after: Verdict): readonly Change[] | undefined {
  const now = stopOf(after);
  const then = stopOf(before);
  if (now === undefined) return then === undefined ? undefined : ["letThrough"];
  return now === then ? [] : [now];
}

function stopOf(verdict: Verdict): "blocked" | "held" | undefined {
  if (verdict === "block") return "blocked";
  return verdict === "require_approval" ? "held" : undefined;
}

/** Whether the ranges hold all of the others. Both are in order, and those of one list apart from each other. */
function covers(ranges: readonly Redaction[], others: readonly Redaction[]): boolean {
  return others.every(({ start, end }) => ranges.some((range) => range.start <= start && end <= range.end));
}

/** A number for each change. */
export type ChangeCounts = Readonly<Record<Change, number>>;

/** Makes the numbers of a report. */
export function toCounts(count: (change: Change) => number): ChangeCounts {
  return {
    blocked: count("blocked"),
    held: count("held"),
    redacted: count("redacted"),
    flagged: count("flagged"),
    letThrough: count("letThrough"),
    unflagged: count("unflagged"),
  };
}
