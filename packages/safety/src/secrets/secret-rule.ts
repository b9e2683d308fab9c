/** A place in a text: the first UTF-16 unit, and the one after the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place where a keyword of a rule stands. */
export interface KeywordPlace extends Span {
  /** Where the run without white space ends that the keyword's last unit is in. */
  readonly runEnd: number;
}

/** Looks at one place of a text where a keyword of a rule stands. Called with the places of one text in their order. */
export type KeywordVisitor = (keyword: KeywordPlace) => Span | readonly Span[] | undefined;

/** How secrets of one kind are found: by a keyword that is always there, then by what stands around it. */
export interface SecretRule {
  /** In kebab case: `github-token`. Its category is `secret.github_token`. */
  readonly id: string;
  /** In lower case. One of them is a part of, or stands beside, every secret of this kind; they are looked for in any case. */
  readonly keywords: readonly string[];
  /** Begins with one text. What the visitor remembers keeps the work on it linear. */
  open(text: string): KeywordVisitor;
  /**
   * Where what begins at a keyword is still open at the end of the text: the first unit to hold back until more of the text
   * is there. Nothing when it has ended before, and for rules whose secrets hold no white space: those end with the word.
   */
  openFrom?(text: string, keyword: Span): number | undefined;
}
