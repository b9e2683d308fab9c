import { type FunctionCallItem, isFunctionCall, isMessage, type Item, type ModelStreamPart } from "@agentkit/core";
import { type AnswerText, createAnswerText } from "./answer-text.ts";
import { type GuardedPart, isTextDelta, placeOf, type TextPlace, toTextDelta } from "./guarded-part.ts";
import { askItems, redactItems } from "./asked-items.ts";
import { type ItemPart, partsOf, withParts } from "./item-parts.ts";
import { type Examination, joinFindings } from "./examination.ts";
import type { SurfaceRecord } from "./surface-record.ts";
import { guardText } from "./text-guard.ts";

/** What an answer is looked at with. */
export interface AnswerGuardOptions {
  readonly examination: Examination;
  readonly record: SurfaceRecord;
}

/**
 * Lets an answer through as it comes: text as soon as it can be no part of a match, calls and other items when they are whole.
 * Ends with `blocked` where a rule blocks.
 */
export async function* guardAnswer(
  parts: AsyncIterable<ModelStreamPart>,
  options: AnswerGuardOptions,
): AsyncGenerator<GuardedPart, void> {
  const guard = new AnswerGuard(options);
  for await (const part of parts) {
    for (const guarded of await guard.accept(part)) {
      yield guarded;
      if (guarded.type === "blocked") return;
    }
  }
}

/** An item of the answer that is not done yet. It is announced with the first text that is let go of it. */
interface OpenItem {
  readonly item: Item;
  readonly texts: Map<string, { readonly place: TextPlace; readonly text: AnswerText }>;
  isAnnounced: boolean;
}

const blocked: GuardedPart = { type: "blocked" };

class AnswerGuard {
  readonly #options: AnswerGuardOptions;
  readonly #open = new Map<number, OpenItem>();
  readonly #last = new Map<ItemPart["kind"], AnswerText>();
  #done = 0;

  constructor(options: AnswerGuardOptions) {
    this.#options = options;
  }

  async accept(part: ModelStreamPart): Promise<readonly GuardedPart[]> {
    if (isTextDelta(part)) {
      const before = this.#endBefore(part.index, placeOf(part));
      if (before.includes(blocked)) return before;
      const { text, blocked: ends } = this.#textAt(part.index, placeOf(part)).push(part.delta);
      return [...before, ...this.#tell(part.index, placeOf(part), text), ...(ends ? [blocked] : [])];
    }
    switch (part.type) {
      case "item.added":
        this.#open.set(part.index, { item: part.item, texts: new Map(), isAnnounced: false });
        return [];
      // Arguments are let go when they are whole.
      case "arguments.delta":
        return [];
      case "item.done":
        return this.#finish(part.index, part.item);
      case "moderation":
        return [part];
      case "completed":
        return [...(await this.#finishUntold(part.response.output)), part];
    }
  }

  /** Items that a model tells of only at the end are looked at no less. */
  async #finishUntold(output: readonly Item[]): Promise<readonly GuardedPart[]> {
    const parts: GuardedPart[] = [];
    for (const [index, item] of [...output.entries()].slice(this.#done)) {
      parts.push(...(await this.#finish(index, item)));
    }
    return parts;
  }

  #itemAt(index: number, item?: Item): OpenItem {
    const open = this.#open.get(index) ?? { item: item ?? unnamed, texts: new Map(), isAnnounced: false };
    this.#open.set(index, open);
    return open;
  }

  /** What is still held of an item's texts goes out before the next one begins: who prints what comes reads it in order. */
  #endBefore(index: number, begun: TextPlace): readonly GuardedPart[] {
    const { texts } = this.#itemAt(index);
    if (texts.has(toKey(begun))) return [];
    return [...texts.values()].flatMap(({ text, place }) => {
      const rest = text.letGo();
      return [...this.#tell(index, place, rest.text), ...(rest.blocked ? [blocked] : [])];
    });
  }

  #textAt(index: number, place: TextPlace): AnswerText {
    const { texts } = this.#itemAt(index);
    const known = texts.get(toKey(place)) ?? { place, text: this.#newText(place.kind) };
    texts.set(toKey(place), known);
    return known.text;
  }

  /** Texts of one kind are one running text to who reads them: an SDK joins them without anything between. */
  #newText(kind: ItemPart["kind"]): AnswerText {
    const text = createAnswerText({ ...this.#options, before: this.#last.get(kind) });
    this.#last.set(kind, text);
    return text;
  }

  #tell(index: number, place: TextPlace, text: string): readonly GuardedPart[] {
    return text === "" ? [] : [...this.#announce(index), toTextDelta(index, place, text)];
  }

  #announce(index: number, done?: Item): readonly GuardedPart[] {
    const open = this.#itemAt(index, done);
    if (open.isAnnounced) return [];
    open.isAnnounced = true;
    return [{ type: "item.added", index, item: withoutTexts(open.item, done) }];
  }

  async #finish(index: number, item: Item): Promise<readonly GuardedPart[]> {
    this.#done += 1;
    if (isFunctionCall(item)) return this.#finishCall(index, item);
    if (isMessage(item) || item.type === "reasoning") return this.#finishTexts(index, item);
    const { examination, record } = this.#options;
    const asked = record.measure(() => askItems(examination, [item], () => record.context));
    if (record.add(joinFindings(asked.map(({ findings }) => findings)))) return [blocked];
    const [redacted = item] = redactItems(examination, [item], asked);
    return [...this.#announce(index, redacted), { type: "item.done", index, item: redacted }];
  }

  #finishTexts(index: number, item: Item): readonly GuardedPart[] {
    const parts: GuardedPart[] = [];
    const released: string[] = [];
    for (const part of partsOf(item)) {
      const { text, place } = this.#textOf(index, part);
      const rest = text.push(part.text.slice(text.raw.length));
      const end = rest.blocked ? { text: "", blocked: true } : text.end();
      if (place !== undefined) parts.push(...this.#tell(index, place, rest.text + end.text));
      if (end.blocked) return [...parts, blocked];
      released.push(text.released);
    }
    let next = 0;
    const guarded = withParts(item, (part) => {
      const text = released[next] ?? "";
      next += 1;
      return toFields(part, text);
    });
    return [...parts, ...this.#announce(index, guarded), { type: "item.done", index, item: guarded }];
  }

  /** The text that was streamed, and where; what an item holds beside that is looked at as a whole, and not streamed. */
  #textOf(index: number, { kind, place, text }: ItemPart): { readonly text: AnswerText; readonly place?: TextPlace } {
    const streamed = kind === "reasoning" ? undefined : this.#textAt(index, { kind, place });
    if (kind === "reasoning" || streamed === undefined || !text.startsWith(streamed.raw)) {
      return { text: this.#newText(kind) };
    }
    return { text: streamed, place: { kind, place } };
  }

  async #finishCall(index: number, item: FunctionCallItem): Promise<readonly GuardedPart[]> {
    const { examination } = this.#options;
    const text: unknown = item.arguments;
    // What is no call is refused by whoever reads the answer.
    if (typeof text !== "string") return [{ type: "item.done", index, item }];
    const { verdict, value, decisions } = await guardText(examination, "tool_arguments", text);
    const call = value === text ? item : { ...item, arguments: verdict === "block" ? "{}" : value };
    const told = decisions.map((decision): GuardedPart => ({
      type: "moderation",
      decision: { ...decision, callId: item.call_id },
    }));
    return [...this.#announce(index, call), ...told, { type: "item.done", index, item: call }];
  }
}

const unnamed: Item = { type: "message", role: "assistant", content: [] };

function toKey({ kind, place }: TextPlace): string {
  return `${kind} ${place}`;
}

/** An item as it is announced: before there is any text in it. */
function withoutTexts(added: Item, done: Item | undefined): Item {
  if (isFunctionCall(added)) return { ...added, arguments: "" };
  if (isMessage(added)) return { ...added, content: [] };
  if (added.type !== "reasoning") return done ?? added;
  return {
    ...Object.fromEntries(Object.entries(added).filter(([key]) => key !== "content")),
    type: added.type,
    summary: [],
  };
}

/** What tells of places in a text, or repeats it, goes with what was taken out. */
function toFields(part: ItemPart, text: string) {
  if (part.kind === "refusal") return { refusal: text };
  return part.kind === "text" && text !== part.text ? { text, annotations: [], logprobs: [] } : { text };
}
