import type { MarkdownTable, TableRow } from "./markdown-tables.ts";

/** The last columns of a table that says what answers each risk. */
const evidence = ["how far", "by", "test", "event"];

const marks = ["**Answered", "**In part", "**Not answered"];

/** What a table may name. */
export interface KnownNames {
  /** Ids of the rules of the policy. */
  readonly rules: readonly string[];
  hasPath(path: string): boolean;
  /** The titles of a test file; empty where there is none. */
  titlesOf(path: string): readonly string[];
  isEvent(type: string): boolean;
}

/** Whether a table says what answers each of its risks. */
export function isRiskTable({ header }: MarkdownTable): boolean {
  return header[0] === "id" && header.slice(-evidence.length).join() === evidence.join();
}

/** What a risk table names that is not there, and rows that claim an answer and name none, each with its line. */
export function findRiskProblems(table: MarkdownTable, known: KnownNames): readonly string[] {
  return table.rows.flatMap((row) => problemsOf(row, table, known).map((problem) => `line ${row.line}: ${problem}`));
}

function problemsOf({ cells }: TableRow, { header }: MarkdownTable, known: KnownNames): readonly string[] {
  if (cells.length !== header.length) return [`${cells.length} cells under ${header.length} headings`];
  const [answer = "", by = "", test = "", event = ""] = cells.slice(-evidence.length);
  const tests = [...test.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, path = "", title = ""]) => ({ path, title }));
  const names = codeIn(by);
  const isAnswered = !answer.startsWith("**Not answered");
  return [
    ...(marks.some((mark) => answer.startsWith(mark)) ? [] : [`the answer begins with none of ${marks.join(", ")}`]),
    ...(isAnswered && names.length === 0
      ? ["it names neither rule nor code; begin the answer with **Not answered"]
      : []),
    ...(isAnswered && tests.length === 0 ? ["it names no test; begin the answer with **Not answered"] : []),
    ...(codeIn(test).length === tests.length ? [] : ['a test is a file and a part of its title: `path` "title"']),
    ...names.flatMap((name) => problemOfName(name, known)),
    ...tests.flatMap(({ path, title }) => problemOfTest(path, title, known)),
    ...codeIn(event).flatMap((type) => (known.isEvent(type) ? [] : [`there is no event type '${type}'`])),
  ];
}

function problemOfName(name: string, known: KnownNames): readonly string[] {
  if (name.includes("/")) return known.hasPath(name) ? [] : [`there is no file ${name}`];
  return known.rules.includes(name) ? [] : [`the policy has no rule '${name}'`];
}

function problemOfTest(path: string, title: string, known: KnownNames): readonly string[] {
  if (!known.hasPath(path)) return [`there is no file ${path}`];
  return known.titlesOf(path).some((whole) => whole.includes(title)) ? [] : [`${path} has no test "${title}"`];
}

function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}
