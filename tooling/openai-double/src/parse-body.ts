import type { z } from "zod";
import type { ApiError, Checked } from "./api-error.ts";
import { passed, refused } from "./api-error.ts";

type Issue = z.core.$ZodIssue;
type Refusal = { readonly ok: false; readonly error: ApiError };

/** Checks a request's body against its schema; the first thing wrong becomes an error in OpenAI's words, with `param`. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): Checked<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) {
    return passed(parsed.data);
  }
  const [first] = parsed.error.issues;
  if (first === undefined) {
    return refused("The request body is not valid.");
  }
  const issue = deepest(first);
  return toRefusal(issue, valueAt(body, issue.path));
}

/** A path into the body as OpenAI writes it: `input[0].content[1].type`. */
function toParam(path: readonly PropertyKey[]): string {
  return path.reduce<string>((param, key) => {
    if (typeof key === "number") {
      return `${param}[${key}]`;
    }
    return param === "" ? String(key) : `${param}.${String(key)}`;
  }, "");
}

/** Follows a failed union into the branch whose shape the value has, because only that branch can name the real field. */
function deepest(issue: Issue): Issue {
  if (issue.code !== "invalid_union") {
    return issue;
  }
  const nested = issue.errors
    .map((branch) => branch[0])
    .filter((inner) => inner !== undefined)
    .find((inner) => inner.path.length > 0);
  return nested === undefined ? issue : deepest({ ...nested, path: [...issue.path, ...nested.path] });
}

function toRefusal(issue: Issue, value: unknown): Refusal {
  const param = toParam(issue.path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const unknown = toParam([...issue.path, issue.keys[0] ?? ""]);
      return refused(`Unknown parameter: '${unknown}'.`, { param: unknown, code: "unknown_parameter" });
    }
    case "invalid_type":
      return value === undefined ? missing(param) : wrongType(param, issue.expected, value);
    case "invalid_union":
      return unionRefusal(issue, param, value);
    case "invalid_value":
      return value === undefined ? missing(param) : unsupported(param, value, issue.values.map(String));
    case "too_small":
      return outOfRange({ param, value, bound: issue.minimum, side: "minimum" });
    case "too_big":
      return outOfRange({ param, value, bound: issue.maximum, side: "maximum" });
    default:
      return refused(`Invalid value for '${param}': ${issue.message}`, { param, code: "invalid_value" });
  }
}

function missing(param: string): Refusal {
  return refused(`Missing required parameter: '${param}'.`, { param, code: "missing_required_parameter" });
}

function wrongType(param: string, expected: string, value: unknown): Refusal {
  const message = `Invalid type for '${param}': expected ${withArticle(expected)}, but got ${nameOf(value)} instead.`;
  return refused(message, { param, code: "invalid_type" });
}

function unsupported(param: string, value: unknown, supported: readonly string[]): Refusal {
  const values = supported.map((each) => `'${each}'`).join(", ");
  return refused(`Invalid value: '${String(value)}'. Supported values are: ${values}.`, {
    param,
    code: "invalid_value",
  });
}

/** A union fails either at its discriminator, and then no branch was tried, or because no branch takes such a type. */
function unionRefusal(issue: Extract<Issue, { code: "invalid_union" }>, param: string, value: unknown): Refusal {
  if (value === undefined) {
    return missing(param);
  }
  if (issue.errors.length === 0) {
    return unsupported(param, value, "options" in issue ? (issue.options ?? []).map(String) : []);
  }
  const expected = issue.errors
    .map((branch) => branch[0])
    .filter((inner) => inner?.code === "invalid_type")
    .map((inner) => withArticle(inner.expected));
  const message = `Invalid type for '${param}': expected one of ${expected.join(" or ")}, but got ${nameOf(value)} instead.`;
  return refused(message, { param, code: "invalid_type" });
}

function outOfRange(range: {
  readonly param: string;
  readonly value: unknown;
  readonly bound: number | bigint;
  readonly side: "minimum" | "maximum";
}): Refusal {
  const { param, value, bound, side } = range;
  const kind = Number.isInteger(value) ? "integer" : "decimal";
  const [relation, sign] = side === "minimum" ? ["below", ">="] : ["above", "<="];
  return refused(
    `Invalid '${param}': ${kind} ${relation} ${side} value. Expected a value ${sign} ${bound}, but got ${String(value)} instead.`,
    { param, code: `${kind}_${relation}_${side === "minimum" ? "min" : "max"}_value` },
  );
}

const articles: Readonly<Record<string, string>> = {
  int: "an integer",
  number: "a decimal",
  array: "an array",
  object: "an object",
  record: "an object",
  null: "null",
};

function withArticle(type: string): string {
  return articles[type] ?? `a ${type}`;
}

function nameOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "an array";
  }
  return withArticle(Number.isInteger(value) ? "int" : typeof value);
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    body,
  );
}
