/** A place in a text that a detector points at. It never holds the text itself. */
export interface Finding {
  /** What was found, in dotted words: `secret.github_token`, `pii.email`. */
  readonly category: string;
  /** The detector's own rule. */
  readonly rule: string;
  /** UTF-16 offsets into the original text: the first unit, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** How sure the detector is, from 0 to 1. */
  readonly score: number;
}
