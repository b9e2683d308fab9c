/** A table of a Markdown document. */
export interface MarkdownTable {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

/** A row of a table, without its header and the line below it. */
export interface TableRow {
  /** Counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Finds the tables of a document. Code is not looked into, and an escaped bar is a part of its cell. */
export function markdownTables(markdown: string): readonly MarkdownTable[] {
  const lines = markdown.replaceAll(/^```[\s\S]*?^```/gm, blank).split("\n");
  return lines.flatMap((line, index) => {
    if (!isRow(lines[index - 1]) && isRow(line) && isRule(lines[index + 1])) {
      return [{ header: toCells(line), rows: rowsFrom(lines, index + 2) }];
    }
    return [];
  });
}

/** As many lines, so that those after keep their numbers. */
function blank(code: string): string {
  return code.replaceAll(/[^\n]/g, "");
}

function rowsFrom(lines: readonly string[], start: number): readonly TableRow[] {
  const end = lines.findIndex((line, index) => index >= start && !isRow(line));
  return lines
    .slice(start, end < 0 ? lines.length : end)
    .map((line, offset) => ({ line: start + offset + 1, cells: toCells(line) }));
}

function isRow(line: string | undefined): line is string {
  return line?.startsWith("|") === true;
}

function isRule(line: string | undefined): boolean {
  return line !== undefined && /^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line);
}

function toCells(line: string): readonly string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
