import type { Item } from "../model/items.ts";
import type { JsonValue } from "../json/json.ts";

/** Characters of text that make about one token; English prose has slightly more, code and other scripts fewer. */
const charactersPerToken = 4;

/** What an item costs beside its text: its role, its type, its ids. */
const tokensPerItem = 4;

const estimates = new WeakMap<Item, number>();

/**
 * Estimates how many tokens an item takes in a request, from the length of the text in it. An estimate, not a count: good
 * for choosing a window, not for a bill. Opaque content (encrypted reasoning, images) counts by its length as well.
 */
export function estimateTokens(item: Item): number {
  const known = estimates.get(item);
  if (known !== undefined) return known;
  const estimate = tokensPerItem + Math.ceil(textLength(item) / charactersPerToken);
  estimates.set(item, estimate);
  return estimate;
}

function textLength(value: JsonValue | undefined): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  let length = 0;
  for (const member of Object.values(value)) length += textLength(member);
  return length;
}
