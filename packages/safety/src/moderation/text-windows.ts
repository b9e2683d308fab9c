/** About 200 tokens: small enough for small limits, and what is appended to a text leaves the windows before it as they were. */
export const windowLength = 800;

/** Cuts a text into windows at white space, where there is some in the second half of a window. */
export function toWindows(text: string): readonly string[] {
  const windows: string[] = [];
  let start = 0;
  while (text.length - start > windowLength) {
    const end = cutAt(text, start + windowLength / 2, start + windowLength);
    windows.push(text.slice(start, end));
    start = end;
  }
  windows.push(text.slice(start));
  return windows.filter((window) => window.trim() !== "");
}

function cutAt(text: string, from: number, to: number): number {
  for (let index = to; index > from; index -= 1) {
    if (/\s/.test(text.charAt(index - 1))) return index;
  }
  // Never between the halves of a surrogate pair.
  return /[\ud800-\udbff]/.test(text.charAt(to - 1)) ? to - 1 : to;
}
