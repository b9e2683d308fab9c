import { isMessage, type Item, type JsonObject, type JsonValue } from "@agentkit/core";
import { isOpaqueField } from "../redaction/event-fields.ts";
import { isJsonArray, isJsonObject } from "./item-parts.ts";

/** Objects nested deeper are not looked at, so they may not go on. */
const deepest = 100;

/** Texts of an item that its readers join, and any other. */
type TextKind = "part" | "other";

/** A text of an item. */
export interface ItemText {
  readonly text: string;
  readonly kind: TextKind;
}

/**
 * Goes through every text of an item: contents, arguments, outputs, and any string of items that nobody knows. What names things,
 * and files that are sent within, are no text.
 */
export function mapItemTexts(item: Item, map: (text: string, kind: TextKind) => string): Item {
  const walk = (value: JsonValue | undefined, key: string, owner: JsonObject): JsonValue | undefined => {
    if (typeof value === "string") return isName(value, key, owner) ? value : map(value, toKind(key, owner));
    if (isJsonArray(value)) return value.map((member) => walk(member, key, owner) ?? null);
    return isJsonObject(value) ? walkObject(value) : value;
  };
  // Not by assignment: what a key said must be gone, and a key may be __proto__.
  const walkObject = (owner: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(owner).map(([key, value]): [string, JsonValue | undefined] => [
        isPlainKey(key) ? key : map(key, "other"),
        walk(value, key, owner),
      ]),
    );
  const { type, ...rest } = walkObject(item);
  return { type: typeof type === "string" ? type : item.type, ...rest };
}

/** The texts of an item, in order: those that `mapItemTexts` goes through. */
export function itemTexts(item: Item): readonly string[] {
  return textsWithKind(item).map(({ text }) => text);
}

/** The texts of an item, in order, each with what it is to a reader. */
export function textsWithKind(item: Item): readonly ItemText[] {
  const texts: ItemText[] = [];
  mapItemTexts(item, (text, kind) => {
    texts.push({ text, kind });
    return text;
  });
  return texts;
}

/** Whether items hold objects that are nested too deeply to be looked at. */
export function areTooDeep(items: readonly JsonValue[]): boolean {
  let level: readonly unknown[] = items;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return true;
    level = level.flatMap((value): readonly unknown[] =>
      typeof value === "object" && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}

/** Items as their size and shape are measured: without the files that are sent within. */
export function toMeasuredText(items: readonly Item[]): string {
  return JSON.stringify(items, (key, value: unknown) => (files.has(key) && typeof value === "string" ? "" : value));
}

/** Whom the texts of an item come from. */
export function sourceOf(item: Item): "user" | "model" | "tool" | "system" {
  if (isMessage(item)) {
    if (item.role === "assistant") return "model";
    return item.role === "user" ? "user" : "system";
  }
  if (item.type === "reasoning" || item.type.endsWith("_call")) return "model";
  return item.type.endsWith("_output") ? "tool" : "user";
}

/** Names of fields, as the API and programs write them. */
function isPlainKey(key: string): boolean {
  return /^[A-Za-z_]{1,40}$/.test(key);
}

function toKind(key: string, owner: JsonObject): TextKind {
  const isPart = (key === "text" && "type" in owner) || (key === "content" && "role" in owner);
  return isPart ? "part" : "other";
}

const names: ReadonlySet<string> = new Set(["type", "role", "id", "call_id", "status", "phase"]);
const files: ReadonlySet<string> = new Set(["image_url", "file_data", "data"]);

function isName(value: string, key: string, owner: JsonObject): boolean {
  if (names.has(key)) return /^[\w.:-]{0,200}$/.test(value);
  if (files.has(key)) return /^(?:data:[\w.+-]{1,80}\/[\w.+-]{1,80};base64,)?[\w+/=-]*$/.test(value);
  return isOpaqueField(key, value, owner);
}
