import jsep from "jsep";
import { z } from "zod";

type Node =
  | { readonly type: "Literal"; readonly value: number }
  | { readonly type: "Identifier"; readonly name: string }
  | { readonly type: "UnaryExpression"; readonly operator: string; readonly argument: Node }
  | { readonly type: "BinaryExpression"; readonly operator: string; readonly left: Node; readonly right: Node }
  | {
      readonly type: "CallExpression";
      readonly callee: { readonly name: string };
      readonly arguments: readonly Node[];
    };

// What is not named here is not arithmetic: the schema is what makes evaluating safe.
const nodeSchema: z.ZodType<Node> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("Literal"), value: z.number() }),
    z.object({ type: z.literal("Identifier"), name: z.string() }),
    z.object({ type: z.literal("UnaryExpression"), operator: z.string(), argument: nodeSchema }),
    z.object({ type: z.literal("BinaryExpression"), operator: z.string(), left: nodeSchema, right: nodeSchema }),
    z.object({
      type: z.literal("CallExpression"),
      callee: z.object({ type: z.literal("Identifier"), name: z.string() }),
      arguments: z.array(nodeSchema),
    }),
  ]),
);

const constants = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
]);

const unary = new Map<string, (value: number) => number>([
  ["+", (value) => value],
  ["-", (value) => -value],
]);

const binary = new Map<string, (left: number, right: number) => number>([
  ["+", (left, right) => left + right],
  ["-", (left, right) => left - right],
  ["*", (left, right) => left * right],
  ["/", (left, right) => left / right],
  ["%", (left, right) => left % right],
  ["**", (left, right) => left ** right],
]);

const functions = new Map<string, (...values: readonly number[]) => number>([
  ["sqrt", (value = Number.NaN) => Math.sqrt(value)],
  ["abs", (value = Number.NaN) => Math.abs(value)],
  ["round", (value = Number.NaN) => Math.round(value)],
  ["floor", (value = Number.NaN) => Math.floor(value)],
  ["ceil", (value = Number.NaN) => Math.ceil(value)],
  ["ln", (value = Number.NaN) => Math.log(value)],
  ["log10", (value = Number.NaN) => Math.log10(value)],
  ["sin", (value = Number.NaN) => Math.sin(value)],
  ["cos", (value = Number.NaN) => Math.cos(value)],
  ["tan", (value = Number.NaN) => Math.tan(value)],
  ["min", (...values) => Math.min(...values)],
  ["max", (...values) => Math.max(...values)],
]);

/**
 * Evaluates arithmetic and nothing else: numbers, `+ - * / % ^`, parentheses, `pi`, `e`, and a few functions.
 *
 * @throws Error with a message for the one who wrote the expression.
 */
export function evaluateArithmetic(expression: string): number {
  const result = evaluate(parse(expression));
  if (!Number.isFinite(result)) throw new Error(`'${expression}' has no finite value.`);
  // What binary fractions add in the last digits (0.1 + 0.2) is not part of the answer.
  return Number(result.toPrecision(15));
}

function parse(expression: string): Node {
  const parsed = nodeSchema.safeParse(parseSyntax(expression));
  if (parsed.success) return parsed.data;
  throw new Error(`'${expression}' is not arithmetic; it takes numbers, + - * / % ^, parentheses and functions.`);
}

function parseSyntax(expression: string): unknown {
  try {
    return jsep(expression.replaceAll("^", "**"));
  } catch (error) {
    throw new Error(`'${expression}' cannot be read: ${error instanceof Error ? error.message : "bad syntax"}.`, {
      cause: error,
    });
  }
}

function evaluate(node: Node): number {
  switch (node.type) {
    case "Literal":
      return node.value;
    case "Identifier":
      return known(constants, node.name);
    case "UnaryExpression":
      return known(unary, node.operator)(evaluate(node.argument));
    case "BinaryExpression":
      return known(binary, node.operator)(evaluate(node.left), evaluate(node.right));
    case "CallExpression":
      return known(functions, node.callee.name)(...node.arguments.map(evaluate));
  }
}

function known<Value>(table: ReadonlyMap<string, Value>, name: string): Value {
  const value = table.get(name);
  if (value === undefined) throw new Error(`'${name}' is not known; there are ${[...table.keys()].join(", ")}.`);
  return value;
}
