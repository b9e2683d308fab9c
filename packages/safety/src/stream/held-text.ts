import { hasWordEnd } from "./open-from.ts";

/** A place in a text that must not go out as it is. */
export interface FoundRange {
  readonly start: number;
  readonly end: number;
}

/** What a {@link HeldText} goes by. */
export interface HeldTextOptions<Found extends FoundRange> {
  /** What must not go out, in the order of its starts; of two that start together, the longer one first. */
  find(text: string): readonly Found[];
  /** The first unit that may belong to a match which more text completes. */
  openFrom(text: string): number;
  /** What stands in the place of what was found; nothing where it ends the text. */
  replace(found: Found, matched: string): string | undefined;
  /** How many UTF-16 units are held back at most, 65,536 unless told. What is longer goes out without its last half. */
  readonly maxHeld?: number | undefined;
  /** What has gone out right before, in another text: what was begun there is not completed here. */
  readonly before?: string | undefined;
}

/** What a {@link HeldText} lets go. */
export interface HeldTextRelease<Found extends FoundRange> {
  readonly text: string;
  /** What was found in it. Offsets are those of the whole text that was pushed; what was begun before it has a negative one. */
  readonly found: readonly Found[];
  /** Whether the text has ended before what was found. Nothing comes any more. */
  readonly ended: boolean;
}

/** Lets a text through as it comes in pieces, as far as it can be no part of a match any more. */
export interface HeldText<Found extends FoundRange> {
  push(chunk: string): HeldTextRelease<Found>;
  /** Gives the rest. Nothing is pushed after it. */
  end(): HeldTextRelease<Found>;
  /** How many UTF-16 units are held back. */
  readonly held: number;
}

/** So much of what has gone out is still looked at, for detectors that go by the words before. */
const rememberedLength = 512;
const defaultMaxHeld = 65_536;
/** Above this, what is held is looked at again only when it has grown by an eighth: many small pieces stay linear. */
const alwaysLookedAt = 2_048;

/** Makes a text that is held back where it has to be. Memory is bounded by `maxHeld` and the longest match. */
export function createHeldText<Found extends FoundRange>(options: HeldTextOptions<Found>): HeldText<Found> {
  const maxHeld = options.maxHeld ?? defaultMaxHeld;
  const replace = (found: Found, matched: string): string | undefined => options.replace(found, matched);
  let remembered = options.before ?? "";
  let held = "";
  let released = 0;
  let lookAt = 0;
  let ended = false;

  const release = (final: boolean): HeldTextRelease<Found> => {
    const text = remembered + held;
    const from = remembered.length;
    const findings = options.find(text).filter(({ end }) => end > from);
    const limit = final ? text.length : beforeMatch(options.openFrom(text), findings);
    // A text that has become too long goes on without its last half, so that what begins there is still whole.
    const forced = held.length > maxHeld ? beforeMatch(text.length - Math.floor(maxHeld / 2), findings) : 0;
    const cut = Math.max(limit, forced, from);
    const { out, found, ends } = replaceFound(text.slice(0, cut), from, {
      found: findings.filter(({ end }) => end <= cut),
      replace,
    });
    const offset = released - from;
    const absolute = found.map((finding) => ({ ...finding, start: finding.start + offset, end: finding.end + offset }));
    ended = ends;
    released += cut - from;
    held = ended ? "" : text.slice(cut);
    if (cut > from) remembered = rememberedPart(text.slice(0, cut));
    lookAt = held.length > alwaysLookedAt ? held.length + Math.floor(held.length / 8) : 0;
    return { text: out, found: absolute, ended };
  };

  return {
    push: (chunk) => {
      if (ended) return { text: "", found: [], ended };
      held += chunk;
      const mayGo = held.length > maxHeld || (held.length >= lookAt && hasWordEnd(chunk));
      return mayGo ? release(false) : { text: "", found: [], ended };
    },
    end: () => (ended ? { text: "", found: [], ended } : release(true)),
    get held() {
      return held.length;
    },
  };
}

/** The last place up to an offset that lies in no match; a match that ends where the text ends may still grow. */
function beforeMatch(offset: number, findings: readonly FoundRange[]): number {
  return findings.toReversed().reduce((cut, { start, end }) => (start < cut && end > cut ? start : cut), offset);
}

interface Replacement<Found> {
  readonly found: readonly Found[];
  readonly replace: (found: Found, matched: string) => string | undefined;
}

interface Replaced<Found> {
  readonly out: string;
  /** What was found up to its end. */
  readonly found: readonly Found[];
  /** Whether what was found ends the text. */
  readonly ends: boolean;
}

/** Findings come in the order of their starts; of those that overlap, the later one's rest goes with the first. */
function replaceFound<Found extends FoundRange>(
  text: string,
  from: number,
  { found, replace }: Replacement<Found>,
): Replaced<Found> {
  let out = "";
  let copied = from;
  for (const [index, finding] of found.entries()) {
    const start = Math.max(finding.start, from);
    const instead = replace(finding, text.slice(finding.start, finding.end));
    if (start >= copied) out += text.slice(copied, start) + (instead ?? "");
    if (instead === undefined) return { out, found: found.slice(0, index + 1), ends: true };
    copied = Math.max(copied, finding.end);
  }
  return { out: out + text.slice(copied), found, ends: false };
}

/** Whole words: half a word could be a keyword that was none. */
function rememberedPart(text: string): string {
  if (text.length <= rememberedLength) return text;
  return text.slice(-rememberedLength).replace(/^\S+/, "");
}
