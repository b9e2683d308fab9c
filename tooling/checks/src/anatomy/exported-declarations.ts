import { parseSync, type Comment, type Program, type Statement } from "oxc-parser";

/** Whether every statement is `export { … } from "…"` or `export type { … } from "…"`, which shows the surface by name. */
export function hasOnlyNamedReExports(path: string, source: string): boolean {
  const { program } = parseSync(path, source);
  return (
    program.body.length > 0 &&
    program.body.every((statement) => statement.type === "ExportNamedDeclaration" && statement.source !== null)
  );
}

/** The names of a file's exported declarations that no TSDoc comment stands before. */
export function undocumentedExports(path: string, source: string): readonly string[] {
  const { program, comments } = parseSync(path, source);
  const exported = program.body.flatMap((statement, index) =>
    exportedNames(statement).map((name) => ({ name, index })),
  );
  const documented = new Set(
    exported.filter(({ index }) => isDocumented(program, index, { comments, source })).map(({ name }) => name),
  );
  // An overloaded function is documented at its first signature.
  return [...new Set(exported.map(({ name }) => name))].filter((name) => !documented.has(name));
}

function exportedNames(statement: Statement): readonly string[] {
  if (statement.type !== "ExportNamedDeclaration" || !statement.declaration) return [];
  const { declaration } = statement;
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  }
  return "id" in declaration && declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
}

interface Surroundings {
  readonly comments: readonly Comment[];
  readonly source: string;
}

function isDocumented(program: Program, index: number, { comments, source }: Surroundings): boolean {
  const start = program.body[index]?.start ?? 0;
  return comments.some(
    ({ type, value, end }) =>
      type === "Block" && value.startsWith("*") && end <= start && source.slice(end, start).trim() === "",
  );
}
