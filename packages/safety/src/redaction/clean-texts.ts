/** Short texts that were looked at and had nothing in them: names, ids and words that every event repeats. */
export interface CleanTexts {
  has(text: string, key: string | undefined): boolean;
  add(text: string, key: string | undefined): void;
}

const longestText = 100;

const capacity = 10_000;

/** Makes a memory of clean texts. Texts of one memory are looked at by the same rules, which `scope` names. */
export function createCleanTexts(): { of(scope: readonly (string | undefined)[]): CleanTexts } {
  const known = new Set<string>();
  return {
    of(scope) {
      const prefix = JSON.stringify(scope);
      const toEntry = (text: string, key: string | undefined): string => `${prefix}${key ?? ""}\n${text}`;
      return {
        has: (text, key) => text.length <= longestText && known.has(toEntry(text, key)),
        add(text, key) {
          if (text.length > longestText) return;
          if (known.size >= capacity) known.clear();
          known.add(toEntry(text, key));
        },
      };
    },
  };
}
