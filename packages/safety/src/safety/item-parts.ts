import { isMessage, type Item, type JsonObject, type JsonValue } from "@agentkit/core";

/** A run of text in an item that a model streams: its kind, which one of its kind, and what it says. */
export interface ItemPart {
  readonly kind: "text" | "refusal" | "summary" | "reasoning";
  readonly place: number;
  readonly text: string;
}

/** The texts of a message or of reasoning; none of other items. */
export function partsOf(item: Item): readonly ItemPart[] {
  const parts: ItemPart[] = [];
  withParts(item, (part) => {
    parts.push(part);
    return {};
  });
  return parts;
}

/** An item with fields of its text parts replaced. The text stands under `text`, and under `refusal` in a refusal. */
export function withParts(item: Item, replace: (part: ItemPart) => JsonObject): Item {
  if (isMessage(item)) {
    const content: JsonValue | undefined = item["content"];
    if (typeof content === "string") {
      return { ...item, content: replace({ kind: "text", place: 0, text: content })["text"] ?? content };
    }
    return isJsonArray(content)
      ? { ...item, content: content.map((part, place) => inMessage(part, place, replace)) }
      : item;
  }
  if (item.type !== "reasoning") return item;
  const fields = (
    [
      ["summary", "summary"],
      ["content", "reasoning"],
    ] as const
  ).flatMap(([field, kind]) => {
    const parts: JsonValue | undefined = item[field];
    if (!isJsonArray(parts)) return [];
    return [[field, parts.map((part, place) => inPart(part, { kind, place, field: "text" }, replace))] as const];
  });
  return { ...item, ...Object.fromEntries(fields) };
}

type Replace = (part: ItemPart) => JsonObject;

function inMessage(part: JsonValue, place: number, replace: Replace): JsonValue {
  const asText = inPart(part, { kind: "text", place, field: "text" }, replace);
  return asText === part ? inPart(part, { kind: "refusal", place, field: "refusal" }, replace) : asText;
}

interface PartPlace extends Pick<ItemPart, "kind" | "place"> {
  readonly field: "text" | "refusal";
}

function inPart(part: JsonValue, { kind, place, field }: PartPlace, replace: Replace): JsonValue {
  if (!isJsonObject(part)) return part;
  const text = part[field];
  return typeof text === "string" ? { ...part, ...replace({ kind, place, text }) } : part;
}

/** Whether a value is an object of JSON. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is an array of JSON. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
