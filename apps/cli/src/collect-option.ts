/** Reads an option that may be given several times into a list. */
export function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
