import type { EventBody } from "./text-writer.ts";

/**
 * Events of items of which it is not known yet what they will be, and of all that come after them: a client takes items in their
 * order.
 */
export interface HeldEvents {
  /** Holds the events of an item back until it is released. */
  hold(index: number): void;
  /** Gives events of an item, or keeps them where that one or one before is held. */
  pass(index: number, events: readonly EventBody[]): readonly EventBody[];
  /** Puts other events in the place of those that are kept of an item. */
  replace(index: number, events: readonly EventBody[]): readonly EventBody[];
  /** Gives what can be told now that an item is known. */
  release(index: number | undefined): readonly EventBody[];
  releaseAll(): readonly EventBody[];
}

/** Starts with nothing held. */
export function createHeldEvents(): HeldEvents {
  const unknown = new Set<number>();
  let kept: { readonly index: number; readonly events: readonly EventBody[] }[] = [];

  function drain(): readonly EventBody[] {
    const end = kept.findIndex(({ index }) => unknown.has(index));
    return kept.splice(0, end === -1 ? kept.length : end).flatMap(({ events }) => events);
  }

  function pass(index: number, events: readonly EventBody[]): readonly EventBody[] {
    kept.push({ index, events });
    return drain();
  }

  return {
    hold: (index) => void unknown.add(index),
    pass,
    replace(index, events) {
      const first = kept.findIndex((entry) => entry.index === index);
      if (first === -1) return pass(index, events);
      kept = kept.flatMap((entry, at) => (at === first ? [{ index, events }] : entry.index === index ? [] : [entry]));
      return drain();
    },
    release(index) {
      if (index === undefined || !unknown.delete(index)) return [];
      return drain();
    },
    releaseAll() {
      unknown.clear();
      return drain();
    },
  };
}
