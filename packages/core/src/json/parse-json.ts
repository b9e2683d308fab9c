import type { JsonObject, JsonValue } from "./json.ts";

/** Parses JSON text. What comes out is a JSON value by construction, which `JSON.parse` does not say. Throws SyntaxError. */
export function parseJson(text: string): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where JSON text becomes a JSON value
  return JSON.parse(text) as JsonValue;
}

/** Parses the JSON text of an object. Throws SyntaxError for anything else. */
export function parseJsonObject(text: string): JsonObject {
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  throw new SyntaxError("The text is JSON, but of no object.");
}

function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
