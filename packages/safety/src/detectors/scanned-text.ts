/** A text together with the form in which it is looked at: without what only hides, in compatibility form. */
export interface ScannedText {
  /** As it came. Offsets of findings refer to it. */
  readonly original: string;
  /** NFKC, without zero-width, bidirectional and tag characters. */
  readonly normalized: string;
  /** The offsets in `original` of a range of `normalized`. */
  toOriginal(start: number, end: number): readonly [start: number, end: number];
}
