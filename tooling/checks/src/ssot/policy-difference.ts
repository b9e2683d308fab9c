import { firstDifference } from "@agentkit/core";
import type { SafetyPolicy } from "@agentkit/safety";

/** Where the policy of the document and that of the code part, in words; nothing when they are one. */
export function policyDifference(documented: SafetyPolicy, built: SafetyPolicy): string | undefined {
  const difference = firstDifference(toPlain(documented), toPlain(built));
  if (difference !== undefined) {
    const { path, recorded, replayed } = difference;
    return `${path}: the document says ${shown(recorded)}, the code ${shown(replayed)}`;
  }
  if (documented.hash === built.hash) return undefined;
  return `the document's policy has the hash ${documented.hash}, the code's ${built.hash}`;
}

function toPlain({ rules, hash: _hash, ...rest }: SafetyPolicy): object {
  return { ...rest, rules: rules.map(({ rule }) => rule) };
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
