import type { JsonObject, JsonValue } from "@agentkit/core";

/** Parses JSON text, which gives a JSON value by construction. Throws SyntaxError. */
export function parseJson(text: string): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where JSON text becomes a JSON value
  return JSON.parse(text) as JsonValue;
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is an array; `Array.isArray` does not narrow to a read-only one. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
