import type { SafetyPolicy } from "@agentkit/safety";
import type { MarkdownTable } from "./markdown-tables.ts";

/** Whether a table says which rules look at each surface. */
export function isSurfaceTable({ header }: MarkdownTable): boolean {
  return header[0] === "surface" && header.at(-1) === "rules";
}

/** Where a table of surfaces and the policy part: a surface that is missing, or other rules than the policy's. */
export function findSurfaceProblems(
  { rows }: MarkdownTable,
  policy: SafetyPolicy,
  surfaces: readonly string[],
): readonly string[] {
  const documented = new Map(rows.map(({ cells }) => [unquoted(cells[0] ?? ""), cells.at(-1) ?? ""]));
  const unknown = [...documented.keys()].filter((surface) => !surfaces.includes(surface));
  return [
    ...unknown.map((surface) => `there is no surface '${surface}'`),
    ...surfaces.flatMap((surface) => {
      const rules = policy.rules.filter(({ rule }) => rule.surfaces.some((name) => name === surface));
      const expected = rules.map(({ rule }) => `\`${rule.id}\``).join(", ") || "–";
      const found = documented.get(surface) ?? "nothing";
      return found === expected ? [] : [`${surface}: the table says ${found}, the policy ${expected}`];
    }),
  ];
}

function unquoted(cell: string): string {
  return cell.replaceAll("`", "");
}
