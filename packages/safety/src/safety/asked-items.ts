import type { Item } from "@agentkit/core";
import type { EvaluationContext } from "../policy/evaluation.ts";
import type { Examination } from "./examination.ts";
import { mapItemTexts, itemTexts } from "./item-texts.ts";
import { type AskedText, redactFound } from "./redact-found.ts";

/** Asks about each text of an item, in order. */
export function askItem(examination: Examination, item: Item, context: EvaluationContext): readonly AskedText[] {
  return itemTexts(item).map((text) => ({ text, findings: examination.ask(text, context), context }));
}

/** Items with what has to be redacted in their texts, which were asked about in order. */
export function redactItems(
  examination: Examination,
  items: readonly Item[],
  asked: readonly AskedText[],
): readonly Item[] {
  const texts = asked.map((text) => redactFound(examination, text).text);
  if (texts.every((text, index) => text === asked[index]?.text)) return items;
  let next = 0;
  return items.map((item) =>
    mapItemTexts(item, (text) => {
      const redacted = texts[next] ?? text;
      next += 1;
      return redacted;
    }),
  );
}
