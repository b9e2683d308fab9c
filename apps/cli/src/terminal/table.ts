import stringWidth from "string-width";
import type { Terminal } from "./terminal.ts";
import { toOneLine, truncate } from "./plain-text.ts";

/** A cell: its text, and how it is coloured. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Space between columns. */
const gap = "  ";

/** The last column is never cut to less than this. */
const leastWidth = 20;

/** Prints rows under headings, columns aligned by what they take on the screen; the last one is cut at the screen's edge. */
export function printTable(terminal: Terminal, headings: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const plain = rows.map((row) => row.map((cell) => ({ ...cell, text: toOneLine(cell.text) })));
  const widths = headings.map((heading, column) =>
    Math.max(stringWidth(heading), ...plain.map((row) => stringWidth(row[column]?.text ?? ""))),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + gap.length, 0);
  const room = terminal.width === undefined ? Number.POSITIVE_INFINITY : Math.max(leastWidth, terminal.width - before);
  const heading = headings.map((text) => ({ text, paint: terminal.colors.dim }));
  for (const row of [heading, ...plain]) terminal.line(toLine(row, widths, room));
}

function toLine(row: readonly Cell[], widths: readonly number[], room: number): string {
  const cells = row.map(({ text, paint = asItIs }, column) => {
    if (column === widths.length - 1) return paint(truncate(text, room));
    return paint(text) + " ".repeat((widths[column] ?? 0) - stringWidth(text));
  });
  return cells.join(gap).trimEnd();
}

function asItIs(text: string): string {
  return text;
}
