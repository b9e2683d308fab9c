import type { JsonValue } from "@agentkit/core";
import { isJsonList, isJsonObject } from "./json-shape.ts";

/** The value that a JSON pointer (RFC 6901) names, or nothing. The empty pointer names the whole. */
export function atPointer(value: JsonValue, pointer: string): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const token of pointerTokens(pointer)) found = child(found, token);
  return found;
}

/** The parts of a JSON pointer, unescaped. */
function pointerTokens(pointer: string): readonly string[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A part of a JSON pointer for a name. */
export function pointerToken(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function child(value: JsonValue | undefined, token: string): JsonValue | undefined {
  if (isJsonList(value)) return /^(?:0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}
