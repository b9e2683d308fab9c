import type { ContextReader } from "./context-words.ts";

/** A place in the normalised text that looks like one kind of personal data. */
export interface PiiMatch {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly score: number;
}

/** A range of the text: its first unit, and the one after the last. */
export type Range = readonly [start: number, end: number];

/** Finds one kind of personal data in a normalised text, in time linear in its length. Matches come in their order. */
export interface PiiMatcher {
  readonly category: string;
  /** @param isFree Whether a surer matcher has claimed no part of a range: what it has need not be looked at. */
  find(text: string, context: ContextReader, isFree: (range: Range) => boolean): readonly PiiMatch[];
}
