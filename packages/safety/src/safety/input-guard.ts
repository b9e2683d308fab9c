import { type Guarded, isMessage, type Item } from "@agentkit/core";
import type { Evaluation, RuleFindings } from "../policy/evaluation.ts";
import { type Examination, joinFindings } from "./examination.ts";
import { areTooDeep, mapItemTexts, sourceOf, toMeasuredText } from "./item-texts.ts";
import { type AskedText, redactFound } from "./redact-found.ts";

type GuardedInput = Guarded<readonly Item[]>;

/** Looks at what a caller says: at its size and shape first, then at each of its texts, then at what moderation makes of it. */
export async function guardInput(examination: Examination, items: readonly Item[]): Promise<GuardedInput> {
  if (!examination.concerns("user_input")) return { verdict: "allow", value: items, decisions: [] };
  const { timer } = examination;
  const started = timer();
  const context = examination.context("user_input");
  const conclude = (findings: RuleFindings): Evaluation =>
    examination.decide(findings, context, Math.max(timer() - started, 0));
  if (areTooDeep(items)) return withheld(examination.refuse("too_deep", context));
  const shape = conclude(examination.askShape(toMeasuredText(items), context));
  if (shape.verdict === "block") return withheld(shape);
  const asked = items.flatMap((item) => askItem(examination, item));
  const local = joinFindings(asked.map(({ findings }) => findings));
  const first = conclude(local);
  if (first.verdict === "block") return withheld(first);
  const moderated = await examination.moderate(toModerated(items), context);
  const { verdict, decisions } = conclude(joinFindings([local, moderated]));
  if (verdict === "block") return withheld({ verdict, decisions });
  return { verdict, value: redactItems(examination, items, asked), decisions };
}

function withheld({ verdict, decisions }: Pick<Evaluation, "verdict" | "decisions">): GuardedInput {
  return { verdict, value: [], decisions };
}

/** Asks about each text of an item, in order. */
export function askItem(
  examination: Examination,
  item: Item,
  surface: "user_input" | "assembled_prompt" = "user_input",
): readonly AskedText[] {
  const context = examination.context(surface, sourceOf(item));
  const asked: AskedText[] = [];
  mapItemTexts(item, ({ text }) => {
    asked.push({ text, findings: examination.ask(text, context), context });
    return text;
  });
  return asked;
}

/** Items with what has to be redacted in their texts, which were asked about in order. */
export function redactItems(
  examination: Examination,
  items: readonly Item[],
  asked: readonly AskedText[],
): readonly Item[] {
  const texts = asked.map((text) => redactFound(examination, text));
  if (texts.every((text, index) => text === asked[index]?.text)) return items;
  let next = 0;
  return items.map((item) =>
    mapItemTexts(item, ({ text }) => {
      const redacted = texts[next] ?? text;
      next += 1;
      return redacted;
    }),
  );
}

/** What the user says, in the user's words. */
function toModerated(items: readonly Item[]): string {
  const texts: string[] = [];
  for (const item of items) {
    if (!isMessage(item) || item.role !== "user") continue;
    mapItemTexts(item, ({ text }) => {
      texts.push(text);
      return text;
    });
  }
  return texts.join("\n\n");
}
