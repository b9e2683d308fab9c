import type { BacktestExample, BacktestReport, Change, ChangeCounts, PolicyName } from "@agentkit/safety";
import type { CommandContext } from "../command.ts";
import { toOneLine } from "../terminal/plain-text.ts";
import { type Cell, printTable } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Shows what another policy would have done: by surface, by rule, and with examples. */
export function printBacktest({ terminal }: CommandContext, report: BacktestReport, since: number | undefined): void {
  const { policy, baseline, events, notAsked } = report;
  const from = since === undefined ? "" : ` since ${new Date(since).toISOString().slice(0, 19)}Z`;
  terminal.line(`policy    ${describePolicy(policy)}`);
  terminal.line(`baseline  ${describePolicy(baseline)}${policy.hash === baseline.hash ? ", with the same rules" : ""}`);
  terminal.line(`log       ${events.toLocaleString("en")} events${from}`);
  terminal.line();
  printSurfaces(terminal, report);
  if (report.rules.length > 0) printRules(terminal, report);
  for (const example of report.examples) printExample(terminal, example);
  for (const { rule, texts } of notAsked) {
    terminal.line(`Moderation was not asked: rule ${toOneLine(rule)}, ${count(texts, "text")}.`);
  }
}

function describePolicy({ id, version, hash }: PolicyName): string {
  return `${toOneLine(id)} version ${toOneLine(version)} (${hash.slice(0, 19)})`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

const columns: readonly (readonly [change: Change, heading: string])[] = [
  ["blocked", "BLOCKED"],
  ["held", "HELD"],
  ["redacted", "REDACTED"],
  ["flagged", "FLAGGED"],
  ["letThrough", "LET THROUGH"],
  ["unflagged", "UNFLAGGED"],
];

const headings = columns.map(([, heading]) => heading);

function printSurfaces(terminal: Terminal, { surfaces }: BacktestReport): void {
  if (surfaces.length === 0) {
    terminal.line("The log holds nothing that a rule could be tried on.");
    return;
  }
  terminal.line("Newly, of the texts at each surface and of what was withheld there:");
  const rows = surfaces.map(({ surface, texts, withheld, newly, rates }) => [
    { text: surface },
    { text: String(texts) },
    { text: String(withheld) },
    ...toCells(terminal, newly, rates),
  ]);
  printTable(terminal, ["SURFACE", "TEXTS", "WITHHELD", ...headings], rows);
}

function printRules(terminal: Terminal, { rules }: BacktestReport): void {
  terminal.line();
  terminal.line("By rule, with the texts on which it acts before and after:");
  const rows = rules.map(({ rule, surface, before, after, newly, rates }) => [
    { text: rule },
    { text: surface },
    { text: String(before) },
    { text: String(after) },
    ...toCells(terminal, newly, rates),
  ]);
  printTable(terminal, ["RULE", "SURFACE", "BEFORE", "AFTER", ...headings], rows);
}

function toCells({ colors }: Terminal, newly: ChangeCounts, rates: ChangeCounts): readonly Cell[] {
  return columns.map(([change]) => {
    if (newly[change] === 0) return { text: "-", paint: colors.dim };
    return { text: `${newly[change]} (${(rates[change] * 100).toFixed(1)}%)`, paint: colors.yellow };
  });
}

const changeWords: Readonly<Record<Change, string>> = {
  blocked: "newly blocked",
  held: "newly held",
  redacted: "newly redacted",
  flagged: "newly flagged",
  letThrough: "newly let through",
  unflagged: "no longer flagged",
};

function printExample(terminal: Terminal, example: BacktestExample): void {
  const { change, surface, rules, session, stream, revision, excerpt } = example;
  terminal.line();
  const place = session === undefined ? `${toOneLine(stream)}@${revision}` : `session ${session}, revision ${revision}`;
  terminal.line(
    `${terminal.colors.bold(changeWords[change])}  ${surface} · ${toOneLine(rules.join(", ")) || "-"} · ${place}`,
  );
  terminal.line(
    `  ${excerpt === undefined ? terminal.colors.dim("its text is not in the log, or cannot be shown") : toOneLine(excerpt)}`,
  );
}
