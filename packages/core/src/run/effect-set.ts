import type { EventDraft } from "../events/catalogue.ts";
import type { RunDelta } from "./run-stream.ts";

/** What an effect gives while it is carried out: pieces to pass on, and at the end what was observed. */
export type EffectOutput =
  | { readonly type: "delta"; readonly delta: RunDelta }
  | { readonly type: "observed"; readonly drafts: readonly EventDraft[] };

type Effect = AsyncGenerator<EffectOutput, void>;

interface Arrival {
  readonly effect: Effect;
  readonly result: IteratorResult<EffectOutput, void>;
}

/** Effects under way at the same time. None runs further ahead of its reader than one output. */
export class EffectSet {
  readonly #waiting = new Map<Effect, Promise<Arrival>>();

  get size(): number {
    return this.#waiting.size;
  }

  add(effect: Effect): void {
    this.#ask(effect);
  }

  /** The next output of any effect; `undefined` when all have ended. */
  async next(): Promise<EffectOutput | undefined> {
    while (this.#waiting.size > 0) {
      const { effect, result } = await Promise.race(this.#waiting.values());
      if (result.done === true) {
        this.#waiting.delete(effect);
      } else {
        this.#ask(effect);
        return result.value;
      }
    }
    return undefined;
  }

  #ask(effect: Effect): void {
    this.#waiting.set(
      effect,
      effect.next().then((result) => ({ effect, result })),
    );
  }
}
