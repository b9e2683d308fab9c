import type { ModelResponse } from "@agentkit/core";
import { type GuardedPart, isTextDelta } from "./guarded-part.ts";
import { partsOf } from "./item-parts.ts";

/** How an answer is moderated while it streams. */
export interface WindowOptions {
  /** Whether a text may go on. The response is there with the last window, where the model has ended its answer. */
  check(text: string, response: ModelResponse | undefined): Promise<boolean>;
  /** How long the text of a window is, in UTF-16 units; with none, nothing leaves before the answer has ended. */
  readonly length: number | undefined;
  /** Called before an answer is given up that may not have ended. */
  stop(): void;
}

/** A window that is full or the last one: nothing of it leaves before it was checked. */
interface ClosedWindow {
  readonly parts: readonly GuardedPart[];
  readonly response: ModelResponse | undefined;
  readonly mayGo: Promise<boolean>;
}

/** So many windows are checked at a time; then the model has to wait. */
const mostInCheck = 2;

/**
 * Lets the parts of an answer through in windows of text, each once it was checked; while one is checked, the next one fills.
 * Ends with `blocked` where one may not go on.
 */
export async function* inWindows(
  parts: AsyncIterable<GuardedPart>,
  options: WindowOptions,
): AsyncGenerator<GuardedPart, void> {
  const source = parts[Symbol.asyncIterator]();
  const windows = new Windows(options);
  let next: Promise<IteratorResult<GuardedPart>> | undefined;
  let isEnded = false;
  try {
    while (!isEnded || windows.oldest !== undefined) {
      if (!isEnded && !windows.isFull) next ??= source.next();
      const event = await soonest(next, windows.oldest);
      if (event.type === "arrived") {
        next = undefined;
        isEnded = event.result.done === true;
      }
      yield* windows.advance(event);
      if (windows.isBlocked) return;
    }
  } finally {
    options.stop();
    // Not waited for: a model that goes on after the abort would keep the block from being told.
    void Promise.allSettled([next, source.return?.()]);
  }
}

class Windows {
  readonly #options: WindowOptions;
  readonly #closed: ClosedWindow[] = [];
  #parts: GuardedPart[] = [];
  #text = "";
  #isBlocked = false;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  get oldest(): ClosedWindow | undefined {
    return this.#closed[0];
  }

  get isFull(): boolean {
    return this.#closed.length >= mostInCheck;
  }

  /** Whether something may not go on. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Takes what has happened, and gives what may leave now. */
  advance(event: WindowEvent): readonly GuardedPart[] {
    if (event.type === "checked") return this.#take(event.mayGo);
    // What is left of an answer that broke off goes nowhere.
    return event.result.done === true ? [] : this.#accept(event.result.value);
  }

  /** What has no text and comes after nothing that is held leaves at once. */
  #accept(part: GuardedPart): readonly GuardedPart[] {
    const { length } = this.#options;
    const text = textOf(part);
    const isLast = part.type === "completed" || part.type === "blocked";
    const isFirst = this.#parts.length === 0 && this.#closed.length === 0;
    if (isFirst && !isLast && text === "" && length !== undefined) return [part];
    if (length !== undefined && this.#text !== "" && this.#text.length + text.length > length) this.#close(undefined);
    this.#parts.push(part);
    this.#text += text;
    if (isLast) this.#close(part.response);
    return [];
  }

  #take(mayGo: boolean): readonly GuardedPart[] {
    const window = this.#closed.shift();
    if (window === undefined || mayGo) return window?.parts ?? [];
    this.#isBlocked = true;
    const { response } = window;
    return [{ type: "blocked", ...(response !== undefined && { response }) }];
  }

  #close(response: ModelResponse | undefined): void {
    const mayGo = this.#options.check(this.#text, response);
    // It is waited for in its turn, which may not come.
    mayGo.catch(() => undefined);
    this.#closed.push({ parts: this.#parts, response, mayGo });
    this.#parts = [];
    this.#text = "";
  }
}

/** What is read of a part; raw reasoning comes with its item only. */
function textOf(part: GuardedPart): string {
  if (isTextDelta(part)) return part.delta;
  if (part.type !== "item.done") return "";
  return partsOf(part.item)
    .filter(({ kind }) => kind === "reasoning")
    .map(({ text }) => text)
    .join("\n");
}

type WindowEvent =
  | { readonly type: "arrived"; readonly result: IteratorResult<GuardedPart> }
  | { readonly type: "checked"; readonly mayGo: boolean };

async function soonest(
  next: Promise<IteratorResult<GuardedPart>> | undefined,
  oldest: ClosedWindow | undefined,
): Promise<WindowEvent> {
  const events: Promise<WindowEvent>[] = [];
  if (oldest !== undefined) events.push(oldest.mayGo.then((mayGo) => ({ type: "checked", mayGo })));
  if (next !== undefined) events.push(next.then((result) => ({ type: "arrived", result })));
  return Promise.race(events);
}
