import { parseSync, Visitor, type Expression, type Super } from "oxc-parser";

/** Calls that give another answer each time: the clock and randomness, which enter core as ports. */
const impureMembers: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  Math: ["random"],
  crypto: ["randomUUID", "getRandomValues"],
  performance: ["now", "timeOrigin", "mark", "measure"],
};

const impureNames = new Set(["randomUUID", "randomBytes", "randomInt"]);

/** Names every use of the clock or of randomness in a file, as it is written there. */
export function findImpurities(path: string, source: string): readonly string[] {
  const found: string[] = [];
  new Visitor({
    MemberExpression: ({ object, property }) => {
      const owner = nameOf(object);
      if (owner === undefined || property.type !== "Identifier") return;
      if (impureMembers[owner]?.includes(property.name)) found.push(`${owner}.${property.name}`);
    },
    NewExpression: ({ callee, arguments: given }) => {
      if (nameOf(callee) === "Date" && given.length === 0) found.push("new Date()");
    },
    CallExpression: ({ callee }) => {
      const name = nameOf(callee);
      if (name === "Date") found.push("Date()");
      if (name !== undefined && impureNames.has(name)) found.push(name);
    },
  }).visit(parseSync(path, source).program);
  return found;
}

/** The global's own name, of `Date` as of `globalThis.Date`. */
function nameOf(node: Expression | Super): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.property.type !== "Identifier") return undefined;
  return node.object.type === "Identifier" && node.object.name === "globalThis" ? node.property.name : undefined;
}
