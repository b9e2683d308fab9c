declare const brand: unique symbol;

/** A value that went through a {@link Redactor}. Only a redactor makes one, so that a signature can ask for it. */
export type Redacted<Value> = Value & { readonly [brand]: "redacted" };

/** Marks what a redactor has made. Not for export from the package. */
export function markRedacted<Value>(value: Value): Redacted<Value> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand is in the types only; the redactor vouches for it
  return value as Redacted<Value>;
}
