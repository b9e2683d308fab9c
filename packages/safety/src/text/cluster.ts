/**
 * The marks of a cluster are counted as Unicode's stream-safe format does: to sort more of them takes time that grows with
 * their square.
 *
 * @see UAX #15, section 13 (stream-safe text format)
 */
const mostMarks = 30;

/** A form longer than this is kept as it is: one character of three bytes stands for 18 in a ligature of Arabic. */
const longestExpansion = 4;

/** What a code point is to normalisation; `unknown` until it is met for the first time. */
const kinds = { unknown: 0, plain: 1, changing: 2, extending: 3, syllable: 4 } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

const kindOf = new Uint8Array(0x11_00_00);

/** The forms of code points that change; there are some thousands of them. */
const singleForms = new Map<number, string>();

/** Forms that were worked out before, of short clusters of several code points; it stops growing, so that no text can fill the memory. */
const knownForms = new Map<string, string>();
const mostKnownForms = 8192;

/**
 * The first offset from `start` on that may begin a cluster with another form. Nothing below the soft hyphen modifies
 * anything, so that ordinary text is passed by a comparison a character.
 */
export function skipPlain(text: string, start: number): number {
  let offset = start;
  while (text.charCodeAt(offset) < 0x80 && !(text.charCodeAt(offset + 1) >= 0xad)) offset += 1;
  return offset;
}

/**
 * Where the cluster that starts at an offset ends: a character with what modifies it, which is the least that can be
 * normalised alone. Half-width sound marks compose with the kana before them, and Hangul syllables of their parts.
 */
export function clusterEnd(text: string, start: number): number {
  let end = start + widthAt(text, start);
  const follows = kindAt(text, start) === kinds.syllable ? kinds.syllable : kinds.extending;
  const most = follows === kinds.syllable ? 2 : mostMarks;
  for (let count = 0; count < most && end < text.length && kindAt(text, end) === follows; count += 1) {
    end += widthAt(text, end);
  }
  return end;
}

/** The form of a cluster: NFKC without what is not seen; `undefined` when it has that form already. */
export function normalizeCluster(text: string, start: number, end: number): string | undefined {
  const code = text.codePointAt(start) ?? 0;
  if (start + (code > 0xff_ff ? 2 : 1) === end) return normalizeSingle(code);
  const before = text.slice(start, end);
  const after = knownForms.get(before) ?? remember(before, toForm(before));
  return after === before ? undefined : after;
}

function normalizeSingle(code: number): string | undefined {
  if (kindOf[code] === kinds.plain) return undefined;
  const known = singleForms.get(code);
  if (known !== undefined) return known;
  const form = toForm(String.fromCodePoint(code));
  singleForms.set(code, form);
  return form;
}

function remember(before: string, after: string): string {
  if (before.length <= 4 && knownForms.size < mostKnownForms) knownForms.set(before, after);
  return after;
}

function toForm(text: string): string {
  const visible = text.replace(/\p{DI}/gu, "");
  const form = visible.normalize("NFKC").replace(/\p{DI}/gu, "");
  return form.length > longestExpansion * visible.length ? visible : form;
}

function widthAt(text: string, offset: number): 1 | 2 {
  return (text.codePointAt(offset) ?? 0) > 0xff_ff ? 2 : 1;
}

function kindAt(text: string, offset: number): number {
  const code = text.codePointAt(offset) ?? 0;
  const known = kindOf[code] ?? kinds.unknown;
  if (known !== kinds.unknown) return known;
  const kind = toKind(String.fromCodePoint(code));
  kindOf[code] = kind;
  return kind;
}

function toKind(character: string): Kind {
  if (/[\p{M}\p{DI}\uff9e\uff9f]/u.test(character)) return kinds.extending;
  if (/[\u1100-\u115e\u1161-\u11ff]/.test(character)) return kinds.syllable;
  return toForm(character) === character ? kinds.plain : kinds.changing;
}
