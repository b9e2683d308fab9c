import { parseSync, Visitor, type StringLiteral } from "oxc-parser";

/** One place where a file names another module. */
export interface ImportReference {
  readonly specifier: string;
  /** The imported names; `*` when everything or the default is taken, empty when the module is only run or loaded at run time. */
  readonly names: readonly string[];
  /** An `export … from`: the name appears in this file's own surface. */
  readonly reExport: boolean;
}

/**
 * Reads every import, re-export, `import()` and `import("…")` type of a file.
 *
 * A computed `import(expression)` names no module that could be checked; it is reported with the specifier `<computed>`.
 */
export function readImports(path: string, source: string): readonly ImportReference[] {
  const { program, module, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message ?? "unknown error"}`);

  const found: ImportReference[] = module.staticImports.map((statement) => ({
    specifier: statement.moduleRequest.value,
    names: statement.entries.map(({ importName }) => importName.name ?? "*"),
    reExport: false,
  }));
  for (const { moduleRequest, importName } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest === null) continue;
    found.push({ specifier: moduleRequest.value, names: [importName.name ?? "*"], reExport: true });
  }
  const loaded = (specifier: string): void => void found.push({ specifier, names: [], reExport: false });
  new Visitor({
    ImportExpression: ({ source: target }) => loaded(isText(target) ? target.value : "<computed>"),
    TSImportType: ({ source: target }) => loaded(target.value),
  }).visit(program);
  return found;
}

function isText(node: { readonly type: string }): node is StringLiteral {
  return node.type === "Literal" && "value" in node && typeof node.value === "string";
}

/** The package a bare specifier belongs to: `@agentkit/core` of `@agentkit/core/testing`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
