import type { ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import { setImmediate } from "node:timers/promises";
import type { ReadCall } from "./log-client.ts";

/** What {@link responsePages} needs. */
export interface ResponsePagesOptions {
  /** Opens the call. */
  readonly open: () => Promise<ReadCall>;
  /** Ends the pages, with an error. */
  readonly signal: AbortSignal;
  /** How long the server may be silent while it is waited for; `undefined` for ever. */
  readonly silenceLimitMs?: number;
  /** Called when it was silent for too long. */
  readonly onSilence?: () => void;
}

/**
 * The answers of a call, as many at once as have arrived: a promise for each would cost as much as reading it. Whoever
 * stops reading cancels the call, which the client's own streams leave open.
 */
export async function* responsePages(options: ResponsePagesOptions): AsyncGenerator<readonly ReadResp[]> {
  const { open, signal } = options;
  const source = new ResponseSource(options);
  try {
    // A discovery of the cluster may take long: what it brings after the reader has left is cancelled then.
    const opening = open();
    opening.then((call) => (source.closed ? cancel(call) : source.attach(call)), source.fail);
    for (;;) {
      const page = await source.nextPage();
      if (page === undefined) return;
      yield page;
      if (signal.aborted) return;
    }
  } finally {
    source.close();
  }
}

class ResponseSource {
  readonly #options: ResponsePagesOptions;
  readonly #onAbort = (): void => {
    this.fail(new Error("The read was aborted."));
    // At once: who reads may never come back, and what is not read holds up the end of the call.
    if (this.#call !== undefined) cancel(this.#call);
  };
  #call: ReadCall | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  closed = false;

  constructor(options: ResponsePagesOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort);
  }

  attach(call: ReadCall): void {
    this.#call = call;
    call.on("readable", () => this.#wake?.());
    call.on("end", () => {
      this.#ended = true;
      this.#wake?.();
    });
    call.on("error", this.fail);
  }

  readonly fail = (error: unknown): void => {
    this.#failure ??= error instanceof Error ? error : new Error("The call failed.", { cause: error });
    this.#wake?.();
  };

  /** Waits for something to read; `undefined` at the end. */
  async nextPage(): Promise<readonly ReadResp[] | undefined> {
    for (;;) {
      const page = this.#takePage();
      if (page.length > 0) return page;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
      await this.#something();
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    if (this.#call !== undefined) cancel(this.#call);
  }

  #takePage(): readonly ReadResp[] {
    const page: ReadResp[] = [];
    for (;;) {
      const response: ReadResp | null | undefined = this.#call?.read();
      if (response == null) return page;
      page.push(response);
    }
  }

  async #something(): Promise<void> {
    this.#watchSilence();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    // Whatever else has arrived is decoded within this turn: a page of it costs what a single answer does.
    if (!this.#ended && this.#failure === undefined) await setImmediate();
  }

  /** One timer for the whole call: it is restarted with every wait, and means nothing while nobody waits. */
  #watchSilence(): void {
    const { silenceLimitMs, onSilence } = this.#options;
    if (silenceLimitMs === undefined) return;
    this.#timer =
      this.#timer?.refresh() ??
      setTimeout(() => {
        if (this.#wake === undefined) return;
        onSilence?.();
        this.fail(new Error(`no answer for ${silenceLimitMs} ms`));
      }, silenceLimitMs);
  }
}

function cancel(call: ReadCall): void {
  // What is cancelled reports it as an error, which is nobody's any more.
  call.on("error", () => undefined);
  call.cancel();
  call.destroy();
}
