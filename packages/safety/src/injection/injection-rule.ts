/** A form that injections take. */
export interface InjectionRule {
  readonly rule: string;
  readonly category: string;
  /** With the flags `g` and `i`, bounded in every repeat. */
  readonly pattern: RegExp;
  /** How much it says in the words of a user; in text from elsewhere it says more. */
  readonly weight: number;
}

/** Up to four words between two that matter; each repeat is bounded, and a separator is no part of a word. */
const between = String.raw`(?:[\w'-]{1,20}[\s,]{1,4}){0,4}`;

/** Makes a pattern: a space stands for any white space, ` ?` for what may be there, and `…` for up to four words. */
export function toPattern(source: string): RegExp {
  const pattern = source
    .replaceAll("… ", between)
    .replaceAll(" ?", String.raw`[\s,]{0,4}`)
    .replaceAll(" ", String.raw`[\s,]{1,4}`);
  return new RegExp(pattern, "gi");
}
