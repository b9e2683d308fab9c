/** How one country writes the number of a person. */
export interface NationalIdRule {
  /** The country and the number's own name. */
  readonly rule: string;
  /** With flag `g`, of bounded length. */
  readonly pattern: RegExp;
  /** The check digits and whatever else a number must fulfil. */
  readonly isValid?: (candidate: string) => boolean;
  /** Words that name the number, in lower case. */
  readonly names: ReadonlySet<string>;
  /** Whether the form alone tells what it is, or whether other numbers look the same. */
  readonly form: "distinct" | "common";
}
