import { basename } from "node:path";
import type { Dataset, DetectorReport, Score } from "@agentkit/safety";
import { type Cell, printTable } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Shows what was measured: by detector and category, by set, and how long it took. */
export function printEvaluation(
  terminal: Terminal,
  sets: readonly Dataset[],
  reports: readonly DetectorReport[],
): void {
  const rows = sets.map(({ name, texts, categories }) => [
    { text: basename(name) },
    { text: String(texts.length) },
    { text: categories.join(", ") || "nothing" },
  ]);
  printTable(terminal, ["SET", "TEXTS", "LOOKED THROUGH FOR"], rows);
  terminal.line();
  printScores(terminal, reports);
  terminal.line();
  printSets(terminal, reports);
  terminal.line();
  printLatency(terminal, reports);
}

const scoreHeadings = ["THERE", "FOUND", "FALSE", "PRECISION", "RECALL", "F1", "FALSE-POSITIVE RATE"];

function printScores(terminal: Terminal, reports: readonly DetectorReport[]): void {
  const measured = reports.filter(({ sets }) => sets.length > 0);
  const rows = measured.flatMap(({ detector, version, overall, categories }) => {
    const name = { text: `${detector}@${version}`, paint: terminal.colors.bold };
    const only = categories.length === 1 ? categories[0]?.category : undefined;
    const all = [name, { text: only ?? "all" }, ...toCells(overall)];
    if (only !== undefined) return [all];
    return [all, ...categories.map((each) => [{ text: "" }, { text: each.category }, ...toCells(each)])];
  });
  if (rows.length === 0) terminal.line("In none of the sets something was looked for that these detectors find.");
  else printTable(terminal, ["DETECTOR", "CATEGORY", ...scoreHeadings], rows);
}

function toCells(score: Score): readonly Cell[] {
  const { expected, truePositives, falsePositives, precision, recall, f1, falsePositiveRate } = score;
  const counts = [expected, truePositives, falsePositives].map((count) => ({ text: String(count) }));
  return [...counts, ...[precision, recall, f1, falsePositiveRate].map((rate) => ({ text: toRate(rate) }))];
}

function toRate(rate: number | undefined): string {
  return rate === undefined ? "-" : rate.toFixed(3);
}

/** A set in which nothing was looked for that a detector finds shows how it does on other texts. */
function printSets(terminal: Terminal, reports: readonly DetectorReport[]): void {
  const rows = reports.flatMap(({ detector, sets, elsewhere }) => [
    ...sets.map((score) => [
      { text: detector },
      { text: basename(score.set) },
      { text: toRate(score.recall) },
      { text: toRate(score.falsePositiveRate) },
      { text: `${score.truePositives} of ${score.expected} found, ${score.falsePositives} false` },
    ]),
    ...(sets.length === 0 ? addUp(elsewhere) : elsewhere).map(({ set, texts, found }) => [
      { text: detector },
      { text: basename(set) },
      { text: "-" },
      { text: "-" },
      { text: `not looked for; found in ${found} of ${texts} texts` },
    ]),
  ]);
  printTable(terminal, ["DETECTOR", "SET", "RECALL", "FALSE-POSITIVE RATE", "WHAT"], rows);
}

function addUp(sets: DetectorReport["elsewhere"]): DetectorReport["elsewhere"] {
  const sum = (part: "texts" | "found"): number => sets.reduce((total, set) => total + set[part], 0);
  return [{ set: "all", texts: sum("texts"), found: sum("found") }];
}

function printLatency(terminal: Terminal, reports: readonly DetectorReport[]): void {
  const rows = reports.map(({ detector, latency }) => [
    { text: detector },
    { text: String(latency.texts) },
    ...[latency.medianMs, latency.p95Ms, latency.maxMs, latency.msPerKb].map((ms) => ({ text: ms.toFixed(3) })),
  ]);
  printTable(terminal, ["DETECTOR", "TEXTS", "MEDIAN MS", "P95 MS", "MAX MS", "MS PER KB"], rows);
}
