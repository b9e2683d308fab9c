import { isMessage, type Item } from "@agentkit/core";
import type { EvaluationContext, RuleHit } from "../policy/evaluation.ts";
import { atBorders } from "../redaction/at-borders.ts";
import { type Examination, joinFindings } from "./examination.ts";
import { mapItemTexts, textsWithKind } from "./item-texts.ts";
import { type AskedText, redactFound } from "./redact-found.ts";

type ContextOf = (item: Item) => EvaluationContext;

/**
 * Asks about each text of items, in order. Texts of one item, and of messages of one role in a row, are looked at as one too: what
 * is found over a border of two counts for each that it touches.
 */
export function askItems(examination: Examination, items: readonly Item[], contextOf: ContextOf): readonly AskedText[] {
  const asked: AskedText[] = [];
  const runs: number[][] = [];
  let said: { readonly role: string; readonly run: number[] } | undefined;
  for (const item of items) {
    const context = contextOf(item);
    const goesOn = isMessage(item) && item.role === said?.role;
    const run = goesOn && said !== undefined ? said.run : [];
    if (!goesOn) runs.push(run);
    if (isMessage(item)) said = { role: item.role, run };
    for (const { text, kind } of textsWithKind(item)) {
      if (kind === "part") run.push(asked.length);
      asked.push({ text, findings: examination.ask(text, context), context });
    }
  }
  for (const run of runs) addOverBorders(examination, asked, run);
  return asked;
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

/** Adds to texts what is found over their borders. */
function addOverBorders(examination: Examination, asked: AskedText[], run: readonly number[]): void {
  const parts = run.flatMap((place) => {
    const own = asked[place];
    return own === undefined || own.text === "" ? [] : [{ ...own, place }];
  });
  const [first, second] = parts;
  if (first === undefined || second === undefined) return;
  const texts = parts.map(({ text }) => text);
  const { hits, failures } = examination.ask(texts.join(""), first.context);
  const found = hits.flatMap((hit) => (hit.span === undefined ? [] : [{ ...hit.span, hit }]));
  for (const [index, over] of atBorders(texts, found).entries()) {
    const part = parts[index];
    if (part === undefined) continue;
    const { place, ...text } = part;
    const more = over.map(({ hit, start, end }): RuleHit => ({ ...hit, span: { start, end } }));
    asked[place] = {
      ...text,
      findings: joinFindings([text.findings, { hits: more, failures: index === 0 ? failures : [] }]),
    };
  }
}
