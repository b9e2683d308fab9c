import type { ScannedText } from "../detectors/scanned-text.ts";
import { clusterEnd, normalizeCluster, skipPlain } from "./cluster.ts";
import { createOffsetMap } from "./offset-map.ts";

/**
 * Brings a text into the form in which detectors look at it: NFKC (full-width and styled letters become plain ones), without
 * what is not seen (Unicode's default ignorable code points: zero-width, bidirectional, tag and variation characters).
 * Takes time linear in the length of the text, and takes any string, lone surrogates too.
 *
 * @see UAX #15 (normalization forms), UTS #39 (default ignorable code points hide text)
 *
 * @example
 * ```ts
 * import { scanText } from "@agentkit/safety";
 *
 * const text = scanText("ｉｇ\u200bnore");
 * console.log(text.normalized, text.toOriginal(0, 3)); // ignore [ 0, 4 ]
 * ```
 */
export function scanText(original: string): ScannedText {
  if (/^[\0-\x7f]*$/.test(original)) return unchanged(original);
  const parts: string[] = [];
  const offsets = createOffsetMap();
  let copied = 0;
  let length = 0;
  let end = 0;
  for (let start = skipPlain(original, 0); start < original.length; start = skipPlain(original, end)) {
    end = clusterEnd(original, start);
    const form = normalizeCluster(original, start, end);
    if (form === undefined) continue;
    if (copied < start) parts.push(original.slice(copied, start));
    if (form !== "") parts.push(form);
    length += start - copied;
    offsets.add({ start: length, end: length + form.length, from: start, to: end });
    length += form.length;
    copied = end;
  }
  if (copied === 0) return unchanged(original);
  parts.push(original.slice(copied));
  return {
    original,
    normalized: parts.join(""),
    toOriginal: (start, stop) => offsets.toOriginal(start, stop),
  };
}

function unchanged(original: string): ScannedText {
  return { original, normalized: original, toOriginal: (start, end) => [start, end] };
}
