import type { JsonValue } from "@agentkit/core";
import type { z } from "zod";
import { refusal } from "./api-error.ts";
import type { ApiError } from "./api-error.ts";
import { isJsonArray, isJsonObject } from "./json.ts";

type Issue = z.core.$ZodIssue;

/**
 * Checks a body against a schema.
 *
 * @throws ApiError 400 for the first fault, in OpenAI's words and with the field's path as `param`.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: JsonValue): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue === undefined ? refusal("The body is invalid.") : toRefusal(issue, body, []);
}

function toRefusal(issue: Issue, body: JsonValue, parents: readonly PropertyKey[]): ApiError {
  const path = [...parents, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownParameter(toParam([...path, issue.keys[0] ?? ""]));
    case "invalid_type":
      return mistyped(toParam(path), withArticle(issue.expected), valueAt(body, path));
    case "invalid_value":
      return unlisted(toParam(path), issue.values.map(String), valueAt(body, path));
    case "invalid_union":
      return fromUnion(issue, body, path);
    case "too_big":
    case "too_small":
      return outOfBounds(toParam(path), issue);
    case "invalid_key":
      return invalidKey(toParam(path.slice(0, -1)), issue);
    default:
      return refusal(`Invalid value for '${toParam(path)}': ${issue.message}.`, toDetails(toParam(path), issue));
  }
}

/** The key is not repeated: what is wrong with it may be its length. */
function invalidKey(param: string, issue: Extract<Issue, { code: "invalid_key" }>): ApiError {
  const why = issue.issues[0]?.message ?? "it cannot be one";
  return refusal(`Invalid key in '${param}': ${why}.`, { param, code: "invalid_value" });
}

function toDetails(param: string, issue: Issue) {
  const code: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  return { param, code: typeof code === "string" ? code : "invalid_value" };
}

function fromUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  body: JsonValue,
  path: readonly PropertyKey[],
): ApiError {
  // The alternative that was meant is the one that fits at its root.
  const meant = issue.errors.find((issues) => !issues.some((one) => one.path.length === 0 && isRootMismatch(one)));
  const [first] = meant ?? [];
  if (first !== undefined) return toRefusal(first, body, path);
  const value = valueAt(body, path);
  if (issue.errors.length === 0) return unlisted(toParam(path), undefined, value);
  const expected = issue.errors
    .flat()
    .flatMap((one) => (one.code === "invalid_type" ? [withArticle(one.expected)] : []));
  const listed = issue.errors.flat().flatMap((one) => (one.code === "invalid_value" ? one.values.map(String) : []));
  if (typeof value === "string" && listed.length > 0) return unlisted(toParam(path), listed, value);
  return mistyped(toParam(path), expected.length === 0 ? "another value" : `one of ${expected.join(" or ")}`, value);
}

function isRootMismatch(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function unknownParameter(param: string): ApiError {
  return refusal(`Unknown parameter: '${param}'.`, { param, code: "unknown_parameter" });
}

function mistyped(param: string, expected: string, value: JsonValue | undefined): ApiError {
  if (value === undefined) {
    return refusal(`Missing required parameter: '${param}'.`, { param, code: "missing_required_parameter" });
  }
  const got = typeof value === "object" ? describe(value) : withArticle(typeof value);
  const message =
    param === ""
      ? `Invalid type for the body: expected ${expected}, but got ${got} instead.`
      : `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`;
  return refusal(message, { param, code: "invalid_type" });
}

function unlisted(param: string, values: readonly string[] | undefined, value: JsonValue | undefined): ApiError {
  if (value === undefined) return mistyped(param, "a value", value);
  if (typeof value !== "string") return mistyped(param, "a string", value);
  const shown = value.length <= 40 ? value : `${value.slice(0, 39)}…`;
  const supported = values === undefined ? "" : ` Supported values are: ${values.map((one) => `'${one}'`).join(", ")}.`;
  return refusal(`Invalid value: '${shown}'.${supported}`, { param, code: "invalid_value" });
}

function outOfBounds(param: string, issue: Extract<Issue, { code: "too_big" | "too_small" }>): ApiError {
  const [side, sign, limit] =
    issue.code === "too_big"
      ? (["above_max", issue.inclusive === false ? "<" : "<=", issue.maximum] as const)
      : (["below_min", issue.inclusive === false ? ">" : ">=", issue.minimum] as const);
  const [kind, what] = boundedBy[issue.origin] ?? (["value", "a value"] as const);
  const message = `Invalid '${param}': expected ${what} ${sign} ${String(limit)}.`;
  return refusal(message, {
    param,
    code: `${kind}_${side}${kind === "string" || kind === "array" ? "_length" : "_value"}`,
  });
}

const boundedBy: Readonly<Record<string, readonly [kind: string, what: string]>> = {
  number: ["decimal", "a value"],
  int: ["integer", "a value"],
  string: ["string", "a string of length"],
  array: ["array", "an array of length"],
};

function toParam(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function valueAt(body: JsonValue, path: readonly PropertyKey[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((value, key) => {
    if (isJsonArray(value)) return typeof key === "number" ? value[key] : undefined;
    return isJsonObject(value) && typeof key === "string" && Object.hasOwn(value, key) ? value[key] : undefined;
  }, body);
}

function describe(value: object | null): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : "an object";
}

function withArticle(type: string): string {
  const name = type === "record" ? "object" : type === "int" ? "integer" : type;
  return /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`;
}
