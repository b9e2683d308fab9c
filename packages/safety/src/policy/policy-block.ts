/** The text of a policy and the number of lines before it, or why there is none. */
export type PolicyBlock =
  | { readonly text: string; readonly line: number }
  | { readonly reason: string; readonly line: number };

const opening = "```yaml agentkit-policy";

/** Finds the policy in a text: the one block of a Markdown document that says it is one, or the whole text. */
export function findPolicyBlock(text: string): PolicyBlock {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, index) => (line.trimEnd() === opening ? [index] : []));
  const [start, second] = starts;
  if (start === undefined) {
    // A document whose block has lost its mark must not be read as a policy itself.
    return /^#+ /.test(text) && lines.some((line) => line.startsWith("```"))
      ? { reason: `the document has no block that begins with ${opening}`, line: 1 }
      : { text, line: 0 };
  }
  if (second !== undefined) return { reason: "the document has two policies", line: second + 1 };
  const end = lines.findIndex((line, index) => index > start && line.trimEnd() === "```");
  if (end < 0) return { reason: "the block of the policy does not end", line: start + 1 };
  return { text: lines.slice(start + 1, end).join("\n"), line: start + 1 };
}
