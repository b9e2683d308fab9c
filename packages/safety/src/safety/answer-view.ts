import { randomUUID } from "node:crypto";
import {
  isFunctionCall,
  isMessage,
  type Item,
  type JsonObject,
  type ModelResponse,
  type ModelStreamPart,
} from "@agentkit/core";
import type { AnswerStream } from "../redaction/answer-stream.ts";
import type { Restorer } from "../redaction/restorer.ts";
import { type GuardedPart, isTextDelta, placeOf, type TextDelta, type TextPlace, toTextDelta } from "./guarded-part.ts";
import { restoreTexts } from "./safety-restorer.ts";

/** What an answer is shown with. */
export interface AnswerViewOptions {
  readonly restorer: Restorer;
  readonly session: string;
  /** What is decided about the whole, as parts. */
  conclude(): readonly ModelStreamPart[];
  /** What a user reads in the place of what was withheld. */
  refusal(): string;
}

interface ShownText extends TextPlace {
  text: string;
  /** What puts values back as the text comes. */
  readonly stream: AnswerStream;
}

interface ShownItem {
  readonly item: Item;
  readonly texts: ShownText[];
}

/**
 * Shows a guarded answer: values are put back in the texts that stream, for the user; the response at the end is what the log has. Where
 * the answer was blocked, what went out of it is all there is, with a refusal after it.
 */
export class AnswerView {
  readonly #options: AnswerViewOptions;
  readonly #open = new Map<number, ShownItem>();
  readonly #output: Item[] = [];

  constructor(options: AnswerViewOptions) {
    this.#options = options;
  }

  async accept(part: GuardedPart): Promise<readonly ModelStreamPart[]> {
    if (isTextDelta(part)) return this.#showDelta(part);
    switch (part.type) {
      case "item.added":
        this.#open.set(part.index, { item: part.item, texts: [] });
        return [part];
      case "item.done":
        return this.#showItem(part.index, part.item);
      case "moderation":
        return [part];
      case "completed":
        return [...this.#options.conclude(), { ...part, response: { ...part.response, output: this.#output } }];
      case "blocked":
        return this.#refuse(part.response);
    }
  }

  async #showDelta(part: TextDelta): Promise<readonly ModelStreamPart[]> {
    const { kind, place } = placeOf(part);
    const { texts } = this.#itemAt(part.index);
    const known = texts.find((text) => text.kind === kind && text.place === place);
    const shown = known ?? {
      kind,
      place,
      text: "",
      stream: this.#options.restorer.toAnswerStream(this.#options.session),
    };
    if (known === undefined) texts.push(shown);
    shown.text += part.delta;
    return toDeltas(part.index, shown, await shown.stream.push(part.delta));
  }

  #itemAt(index: number): ShownItem {
    const shown = this.#open.get(index) ?? { item: newMessage(), texts: [] };
    this.#open.set(index, shown);
    return shown;
  }

  /** An item as it is recorded goes into the output; the user reads it with values put back. */
  async #showItem(index: number, item: Item): Promise<readonly ModelStreamPart[]> {
    const { restorer, session } = this.#options;
    const parts = await this.#flush(index);
    // Whose function a call is of, and so what its arguments may show, is not known here: they are those of the log.
    const shown = isFunctionCall(item) ? item : await restoreTexts(restorer, session, item);
    if (isFunctionCall(shown)) parts.push({ type: "arguments.delta", index, delta: shown.arguments });
    parts.push({ type: "item.done", index, item: shown });
    this.#open.delete(index);
    this.#output.push(item);
    return parts;
  }

  async #flush(index: number): Promise<ModelStreamPart[]> {
    const parts: ModelStreamPart[] = [];
    for (const text of this.#open.get(index)?.texts ?? []) {
      parts.push(...toDeltas(index, text, await text.stream.end()));
    }
    return parts;
  }

  async #refuse(response: ModelResponse | undefined): Promise<readonly ModelStreamPart[]> {
    const parts: ModelStreamPart[] = [];
    for (const [index, { item, texts }] of this.#open) {
      if (!isMessage(item)) parts.push(...(await this.#showItem(index, toUnfinished(item, texts))));
    }
    const [last] = this.#open.keys();
    const index = last ?? this.#output.length;
    if (last === undefined) parts.push(...(await this.accept({ type: "item.added", index, item: newMessage() })));
    const { item, texts } = this.#itemAt(index);
    const refusal: TextPlace = { kind: "refusal", place: texts.length };
    parts.push(...(await this.#showDelta(toTextDelta(index, refusal, this.#options.refusal()))));
    parts.push(...(await this.#showItem(index, toUnfinished(item, texts))));
    const end: ModelResponse = {
      ...response,
      status: "incomplete",
      incompleteReason: "content_filter",
      output: this.#output,
    };
    return [...parts, ...this.#options.conclude(), { type: "completed", response: end }];
  }
}

function toDeltas(index: number, place: TextPlace, text: string): readonly ModelStreamPart[] {
  return text === "" ? [] : [toTextDelta(index, place, text)];
}

function newMessage(): Item {
  return { type: "message", role: "assistant", id: `msg_${randomUUID()}`, status: "in_progress", content: [] };
}

/** An item as far as its texts went out. */
function toUnfinished(item: Item, texts: readonly ShownText[]): Item {
  const parts = texts.toSorted((a, b) => a.place - b.place).map(toPart);
  return isMessage(item)
    ? { ...item, status: "incomplete", content: parts }
    : { ...item, status: "incomplete", summary: parts };
}

function toPart({ kind, text }: ShownText): JsonObject {
  switch (kind) {
    case "text":
      return { type: "output_text", text, annotations: [] };
    case "refusal":
      return { type: "refusal", refusal: text };
    case "summary":
      return { type: "summary_text", text };
  }
}
