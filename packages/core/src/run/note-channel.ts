import type { EventDraft } from "../events/catalogue.ts";

/** Events that a tool call leaves in its run's log while it is under way. */
export class NoteChannel {
  #notes: EventDraft[] = [];
  #wake: () => void = () => undefined;

  readonly note = (draft: EventDraft): void => {
    this.#notes.push(draft);
    this.#wake();
  };

  /** Resolves as soon as there is something to take. */
  async waiting(): Promise<undefined> {
    if (this.#notes.length > 0) return undefined;
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
    });
  }

  take(): readonly EventDraft[] {
    const taken = this.#notes;
    this.#notes = [];
    return taken;
  }
}
