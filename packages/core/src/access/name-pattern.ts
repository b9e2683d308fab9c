/**
 * Makes a test for names of a pattern in which `*` stands for any characters, none included. Its time is linear in the name.
 *
 * @example
 * ```ts
 * import { matchesName } from "@agentkit/core";
 *
 * ["orders_find", "refund"].filter(matchesName("orders_*")); // ["orders_find"]
 * ```
 */
export function matchesName(pattern: string): (name: string) => boolean {
  if (!pattern.includes("*")) return (name) => name === pattern;
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  const middle = parts.slice(1, -1);
  // Each part at its first place after the one before: linear, where a regular expression with several stars may not be.
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last)) return false;
    const end = name.length - last.length;
    let at = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
