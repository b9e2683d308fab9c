import { contentHash } from "@agentkit/core";

const maxLength = 64;

/**
 * Gives each of a server's tools a name that the model's API takes: `prefix` and the name, other characters replaced by `_`. A
 * name that is too long, or that several tools would get, ends in a part of the hash of the server's own name, so that it
 * depends on nothing but the set of names.
 */
export function toToolNames(prefix: string, names: readonly string[]): ReadonlyMap<string, string> {
  const plain = new Map(names.map((name) => [name, `${prefix}${name}`.replaceAll(/[^A-Za-z0-9_-]/g, "_")]));
  const uses = Map.groupBy(names, (name) => plain.get(name));
  return new Map(
    Array.from(plain, ([name, candidate]) => {
      const unique = candidate.length <= maxLength && uses.get(candidate)?.length === 1;
      return [name, unique ? candidate : withHash(candidate, name)];
    }),
  );
}

function withHash(candidate: string, name: string): string {
  const suffix = `_${contentHash(name).slice("sha256:".length).slice(0, 8)}`;
  return candidate.slice(0, maxLength - suffix.length) + suffix;
}
