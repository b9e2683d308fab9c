/** A TypeScript example in a documentation comment. */
export interface DocExample {
  /** The line on which its fence opens, counted from 1. */
  readonly line: number;
  readonly source: string;
}

const comment = /\/\*\*[\s\S]*?\*\//g;
const fence = /```ts[^\n]*\n([\s\S]*?)```/g;

/** Finds the ` ```ts ` blocks in a file's documentation comments. */
export function docExamples(source: string): readonly DocExample[] {
  return [...source.matchAll(comment)].flatMap((found) => {
    const text = found[0].replaceAll(/^[ \t]*\*(?: |$)/gm, "");
    const firstLine = countLines(source.slice(0, found.index));
    return [...text.matchAll(fence)].map(({ index, 1: example = "" }) => ({
      line: firstLine + countLines(text.slice(0, index)) - 1,
      source: example,
    }));
  });
}

function countLines(text: string): number {
  return text.split("\n").length;
}
