import type { SecretRule } from "./secret-rule.ts";

const end = /-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----/iy;
/** A line of a key's body, with what quotes it; its line end may be escaped. */
const bodyLine = /^[\s"',+]{0,40}[A-Za-z0-9+/=]{8,100}[\s"',+]{0,8}$/;
const longestBody = 32_768;
/** As of a whole key: what is shorter is an explanation. */
const shortestBody = 64;

/** The rule of private keys whose beginning was cut off, as in the last lines of what a program wrote: PEM without its first line. */
export const privateKeyEndRule: SecretRule = {
  id: "private-key-end",
  keywords: ["-----end"],
  open(text) {
    let searched = 0;
    return (keyword) => {
      end.lastIndex = keyword.start;
      if (!end.test(text)) return undefined;
      const start = bodyStart(text, keyword.start, Math.max(searched, keyword.start - longestBody));
      searched = end.lastIndex;
      const dense = text.slice(start, keyword.start).replaceAll(/\\[nr]|[^A-Za-z0-9+/]/g, "").length;
      return dense >= shortestBody ? { start, end: end.lastIndex } : undefined;
    };
  },
};

/** Goes back line by line, no further than to the marker before, so that each part of a text is read once. */
function bodyStart(text: string, from: number, least: number): number {
  let start = from;
  while (start > least) {
    const lineEnd = text.slice(Math.max(least, start - 2), start).endsWith("\\n") ? start - 2 : start - 1;
    const before = text.slice(Math.max(least, lineEnd - 200), lineEnd);
    const lineStart = lineEnd - before.length + Math.max(before.lastIndexOf("\n") + 1, escapedLineEnd(before));
    if (lineEnd <= least || !bodyLine.test(text.slice(lineStart, lineEnd))) return start;
    start = lineStart;
  }
  return start;
}

function escapedLineEnd(text: string): number {
  const at = text.lastIndexOf("\\n");
  return at < 0 ? 0 : at + 2;
}
