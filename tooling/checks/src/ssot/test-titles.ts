import { parseSync, Visitor, type CallExpression, type Expression, type Super } from "oxc-parser";

const suites = new Set(["describe", "it", "test"]);

/** The titles of a file's tests and suites, as they are written; those that never run have none. */
export function testTitles(path: string, source: string): readonly string[] {
  const titles: string[] = [];
  new Visitor({
    CallExpression: (call) => {
      const names = namesOf(call.callee);
      const title = textOf(call.arguments[0]);
      if (title === undefined || !suites.has(names[0] ?? "")) return;
      if (!names.includes("skip") && !names.includes("todo")) titles.push(title);
    },
  }).visit(parseSync(path, source).program);
  return titles;
}

/** `it`, `each` of `it.each(cases)("…")`. */
function namesOf(callee: Expression | Super): readonly string[] {
  switch (callee.type) {
    case "Identifier":
      return [callee.name];
    case "MemberExpression":
      return [...namesOf(callee.object), ...(callee.property.type === "Identifier" ? [callee.property.name] : [])];
    case "CallExpression":
      return namesOf(callee.callee);
    default:
      return [];
  }
}

function textOf(node: CallExpression["arguments"][number] | undefined): string | undefined {
  if (node?.type === "TemplateLiteral") return node.quasis.map(({ value }) => value.raw).join("…");
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}
