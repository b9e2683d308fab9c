/** A piece of the new text, `start` to `end`, which replaced the piece `from` to `to` of the old one. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** Finds the place of a range of the new text in the old one. */
export interface OffsetMap {
  /** Replacements are added in their order in the text; what lies between them is the same in both texts. */
  add(replacement: Replacement): void;
  /** The smallest range of the old text that holds all that the range of the new text came from. */
  toOriginal(start: number, end: number): readonly [start: number, end: number];
}

/** Makes an empty {@link OffsetMap}: both texts are the same. */
export function createOffsetMap(): OffsetMap {
  const replacements: Replacement[] = [];
  return {
    add: (replacement) => {
      if (isSingle(replacement)) return;
      const last = replacements.at(-1);
      const removal = replacement.start === replacement.end && last?.start === last?.end;
      // Of a flood of removed characters one entry is enough.
      if (last !== undefined && removal && last.to === replacement.from) {
        replacements[replacements.length - 1] = { ...last, to: replacement.to };
      } else {
        replacements.push(replacement);
      }
    },
    toOriginal: (start, end) => {
      const first = replacements[countBefore(replacements, start + 1) - 1];
      // A replacement that starts where the range ends is no part of it: what was removed there stays outside.
      const last = replacements[countBefore(replacements, end) - 1];
      const from = first === undefined ? start : start < first.end ? first.from : first.to + (start - first.end);
      const to = last === undefined ? end : end < last.end ? last.to : last.to + (end - last.end);
      return [from, Math.max(from, to)];
    },
  };
}

/** One unit in the place of one unit moves nothing. */
function isSingle({ start, end, from, to }: Replacement): boolean {
  return end - start === 1 && to - from === 1;
}

/** How many replacements start before an offset of the new text. */
function countBefore(replacements: readonly Replacement[], offset: number): number {
  let low = 0;
  let high = replacements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = replacements[middle]?.start ?? 0;
    if (start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
