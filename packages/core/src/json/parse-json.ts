import type { JsonValue } from "./json.ts";

/** Parses JSON text. What comes out is a JSON value by construction, which `JSON.parse` does not say. Throws SyntaxError. */
export function parseJson(text: string): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where JSON text becomes a JSON value
  return JSON.parse(text) as JsonValue;
}
