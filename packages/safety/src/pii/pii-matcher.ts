import type { ContextReader } from "./context-words.ts";

/** A place in the normalised text that looks like one kind of personal data. */
export interface PiiMatch {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly score: number;
}

/** Finds one kind of personal data in a normalised text, in time linear in its length. Matches come in their order. */
export interface PiiMatcher {
  readonly category: string;
  find(text: string, context: ContextReader): readonly PiiMatch[];
}
