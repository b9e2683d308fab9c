import { isFunctionCall, type Item, type Restorer as SafetyRestorer } from "@agentkit/core";
import type { Restorer } from "../redaction/restorer.ts";
import { partsOf, withParts } from "./item-parts.ts";
import { toPlaceholderSession } from "./placeholder-session.ts";

/** Makes the engine's restorer of a restorer. */
export function toSafetyRestorer(restorer: Restorer): SafetyRestorer {
  return {
    concerns: (tool, argumentsText) => restorer.concerns(tool, argumentsText),
    toolArguments: (tool, argumentsText, scope) => {
      return restorer.toolArguments(toPlaceholderSession(scope), tool, argumentsText);
    },
    items: async (items, scope) => {
      const session = toPlaceholderSession(scope);
      return Promise.all(items.map(async (item) => restoreItem(restorer, session, item)));
    },
  };
}

/** An item as the user of a session reads it. */
export async function restoreItem(restorer: Restorer, session: string, item: Item): Promise<Item> {
  if (isFunctionCall(item)) {
    const text: unknown = item.arguments;
    if (typeof text !== "string" || !text.includes("[[")) return item;
    return { ...item, arguments: await restorer.toolArguments(session, item.name, text) };
  }
  const texts = partsOf(item).map(({ text }) => text);
  if (!texts.some((text) => text.includes("[["))) return item;
  const restored = await Promise.all(texts.map(async (text) => restorer.answer(session, text)));
  let next = 0;
  return withParts(item, ({ kind, text }) => {
    const own = restored[next] ?? text;
    next += 1;
    return kind === "refusal" ? { refusal: own } : { text: own };
  });
}
