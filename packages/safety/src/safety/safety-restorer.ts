import { type FunctionCallItem, isFunctionCall, type Item, type Restorer as SafetyRestorer } from "@agentkit/core";
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
    items: async (items, scope, isCallers = () => false) => {
      const session = toPlaceholderSession(scope);
      const restore = async (item: Item): Promise<Item> =>
        isFunctionCall(item)
          ? restoreCall(restorer, { session, item, isCallers: isCallers(item) })
          : restoreTexts(restorer, session, item);
      return Promise.all(items.map(restore));
    },
  };
}

interface RestoredCall {
  readonly session: string;
  readonly item: FunctionCallItem;
  readonly isCallers: boolean;
}

/** What a tool may have its reader need not: only who runs a function is given what the function may have. */
async function restoreCall(restorer: Restorer, { session, item, isCallers }: RestoredCall): Promise<Item> {
  const text: unknown = item.arguments;
  if (typeof text !== "string" || !text.includes("[[")) return item;
  const restored = isCallers
    ? restorer.toolArguments(session, item.name, text)
    : restorer.answerArguments(session, text);
  return { ...item, arguments: await restored };
}

/** The texts of an item as the reader of an answer has them. */
export async function restoreTexts(restorer: Restorer, session: string, item: Item): Promise<Item> {
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
