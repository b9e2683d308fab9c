/** Where in a text something is, in UTF-16 offsets, and what it is. */
export interface LabelledSpan {
  readonly category: string;
  readonly start: number;
  readonly end: number;
}

/** A text and what a person says is in it. */
export interface LabelledText {
  readonly text: string;
  readonly source: "system" | "user" | "model" | "tool" | "web";
  /** What is in it; none when it is harmless. */
  readonly categories: readonly string[];
  /** Where it is, when the set says so. */
  readonly spans?: readonly LabelledSpan[];
}
