import type { Item, JsonObject, JsonValue } from "@agentkit/core";

/** Whether a parsed JSON value is an object. The values inside are JSON because the whole was parsed from it. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is an array; `Array.isArray` does not narrow to a read-only one. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whether a parsed JSON value can be an item: an object with a type. */
export function isItem(value: unknown): value is Item {
  return isJsonObject(value) && typeof value["type"] === "string";
}
