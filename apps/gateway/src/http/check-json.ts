import type { JsonObject, JsonValue } from "@agentkit/core";
import { refusal } from "./api-error.ts";
import type { ApiError } from "./api-error.ts";
import { isJsonArray } from "./json.ts";

/** Deeper than any schema or conversation, and shallow enough for every function that walks a value by recursion. */
const maxDepth = 100;

/**
 * Refuses what JSON can spell and a log cannot keep: text that is no Unicode (a lone surrogate), a number too large for a
 * double, nesting without end. Returns the first fault.
 */
export function checkJson(value: JsonValue): ApiError | undefined {
  return check(value, "", 0);
}

function check(value: JsonValue, path: string, depth: number): ApiError | undefined {
  if (depth > maxDepth) return fault(path, `nested more than ${maxDepth} deep`, "invalid_value");
  if (typeof value === "string") {
    return value.isWellFormed() ? undefined : fault(path, "text with half of a surrogate pair", "invalid_value");
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : fault(path, "a number that is too large", "invalid_value");
  }
  if (typeof value !== "object" || value === null) return undefined;
  return isJsonArray(value) ? checkList(value, path, depth) : checkObject(value, path, depth);
}

function checkList(values: readonly JsonValue[], path: string, depth: number): ApiError | undefined {
  for (const [index, value] of values.entries()) {
    const found = check(value, `${path}[${index}]`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkObject(value: JsonObject, path: string, depth: number): ApiError | undefined {
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) return fault(path, "a key with half of a surrogate pair", "invalid_value");
    const found = member === undefined ? undefined : check(member, path === "" ? key : `${path}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fault(path: string, what: string, code: string): ApiError {
  // Nesting makes long paths; its beginning tells where to look.
  const param = path.length <= 200 ? path : `${path.slice(0, 199)}…`;
  return refusal(`Invalid value${param === "" ? "" : ` for '${param}'`}: it is ${what}.`, { param, code });
}
