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
  // Four numbers a replacement: of a text that is nothing but replacements an object each would take most of the time.
  let table = new Uint32Array(64);
  let length = 0;
  const at = (index: number): Replacement => {
    const [start = 0, end = 0, from = 0, to = 0] = table.subarray(index * width, index * width + width);
    return { start, end, from, to };
  };
  /** Of a flood of removed characters one entry is enough. */
  const continuesRemoval = ({ start, end, from }: Replacement): boolean =>
    length > 0 && start === end && table[length - 4] === table[length - 3] && table[length - 1] === from;
  return {
    add: (replacement) => {
      const { start, end, from, to } = replacement;
      // One unit in the place of one unit moves nothing.
      if (end - start === 1 && to - from === 1) return;
      if (continuesRemoval(replacement)) {
        table[length - 1] = to;
        return;
      }
      if (length === table.length) table = grow(table);
      table[length] = start;
      table[length + 1] = end;
      table[length + 2] = from;
      table[length + 3] = to;
      length += width;
    },
    toOriginal: (start, end) => {
      const starts = (index: number): number => table[index * width] ?? 0;
      const count = length / width;
      const first = countBefore(starts, count, start + 1) - 1;
      // A replacement that starts where the range ends is no part of it: what was removed there stays outside.
      const last = countBefore(starts, count, end) - 1;
      const from = first < 0 ? start : toStart(at(first), start);
      const to = last < 0 ? end : toEnd(at(last), end);
      return [from, Math.max(from, to)];
    },
  };
}

const width = 4;

function grow(table: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(table.length * 2);
  larger.set(table);
  return larger;
}

function toStart({ end, from, to }: Replacement, start: number): number {
  return start < end ? from : to + (start - end);
}

function toEnd({ end, to }: Replacement, stop: number): number {
  return stop < end ? to : to + (stop - end);
}

/** How many replacements start before an offset of the new text. */
function countBefore(startOf: (index: number) => number, count: number, offset: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOf(middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
