/** What the name of a set tells about it. */
export interface NamedKinds {
  /** What its texts were looked through for. */
  readonly kinds: readonly string[];
  /** Whether it holds harmless texts. */
  readonly isHarmless: boolean;
}

const kindWords: readonly (readonly [words: RegExp, kind: string])[] = [
  [/secret|credential|gitleaks/i, "secret"],
  [/inject|jailbreak/i, "injection"],
  [/pii|personal|presidio/i, "pii"],
];

/** The kinds that a set's name can tell. */
export const allKinds: readonly string[] = kindWords.map(([, kind]) => kind);

const harmlessWords = /(?:^|[^a-z])(?:plain|benign|harmless|clean|negative|bait)/i;

/** Reads the name of a set, or of its file: `injection-benign-dev` holds harmless texts, in which injections were looked for. */
export function kindsOf(path: string): NamedKinds {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const isHarmless = harmlessWords.test(name);
  const kinds = kindWords.flatMap(([words, kind]) => (words.test(name) ? [kind] : []));
  return { kinds, isHarmless };
}
