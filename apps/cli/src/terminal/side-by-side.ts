import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { toPlainText } from "./plain-text.ts";

/** The width taken when the output is no terminal. */
export const defaultWidth: number = 100;

const separator = " │ ";

/** Two texts beside each other, each wrapped to its half of the width. */
export function sideBySide(left: string, right: string, width: number): readonly string[] {
  const half = Math.max(10, Math.floor((width - separator.length) / 2));
  const columns = [wrapLines(left, half), wrapLines(right, half)] as const;
  const height = Math.max(columns[0].length, columns[1].length);
  return Array.from({ length: height }, (_, row) => {
    const text = columns[0][row] ?? "";
    return `${text}${" ".repeat(Math.max(0, half - stringWidth(text)))}${separator}${columns[1][row] ?? ""}`.trimEnd();
  });
}

/** Plain text wrapped to a width; a word longer than a line is broken. */
export function wrapLines(text: string, width: number): readonly string[] {
  return wrapAnsi(toPlainText(text), width, { hard: true, trim: false }).split("\n");
}
