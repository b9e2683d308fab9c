/**
 * Makes the patterns that find a secret in a text, however the text was written: as it is, escaped for JSON (also twice), for a
 * URL or for HTML, in capitals or not, in base64 at each of its three alignments (with either alphabet, also in lines), in
 * hexadecimal. Each of them takes time linear in the text. A long secret is looked for in pieces.
 */
export function toSecretPatterns(value: string): readonly RegExp[] {
  return toPieces(value).flatMap((piece) => {
    const bytes = Buffer.from(piece, "utf8");
    const sources = [toEscaped(piece), ...[0, 1, 2].map((before) => toBase64(bytes, before)), toHexadecimal(bytes)];
    return sources.map((source) => new RegExp(source, "gi"));
  });
}

/** What an engine compiles with ease: of one that is too large, the error would quote the secret. */
const longestPiece = 256;
/** As many characters as it takes for encodings of two pieces to leave nothing between them. */
const overlap = 3;

function toPieces(value: string): readonly string[] {
  const characters = Array.from(value);
  const pieces = Math.ceil(characters.length / longestPiece);
  const size = Math.ceil(characters.length / pieces);
  return Array.from({ length: pieces }, (_, index) =>
    characters.slice(index * size, (index + 1) * size + overlap).join(""),
  );
}

function toEscaped(value: string): string {
  // A run of backslashes is one token: two that repeat would try every way to share what they find.
  const tokens = value.match(/\\+|[^\\]/gsu) ?? [];
  return tokens.map((token) => `(?:${writings(token).join("|")})`).join("");
}

function writings(token: string): readonly string[] {
  if (token.startsWith("\\")) {
    const count = token.length;
    return [`\\\\{${count},${count * 8}}`, `(?:\\\\{1,8}u005c){${count}}`, `(?:%(?:25){0,2}5c){${count}}`];
  }
  const units = Array.from({ length: token.length }, (_, index) => hex(token.charCodeAt(index), 4));
  const escapes = [
    units.map((unit) => `\\\\{1,8}u${unit}`).join(""),
    [...Buffer.from(token, "utf8")].map((byte) => `%(?:25){0,2}${hex(byte, 2)}`).join(""),
  ];
  if (/^[a-z0-9]$/i.test(token)) return [token, ...escapes];
  const code = token.codePointAt(0) ?? 0;
  const entities = [`&#0{0,4}${code};`, `&#x0{0,4}${hex(code, 1)};`, ...(shortWritings[token] ?? [])];
  return [`\\\\{0,8}${literal(token)}`, ...escapes, ...entities];
}

const shortWritings: Readonly<Record<string, readonly string[]>> = {
  "\n": ["\\\\{1,8}n"],
  "\r": ["\\\\{1,8}r"],
  "\t": ["\\\\{1,8}t"],
  "\b": ["\\\\{1,8}b"],
  "\f": ["\\\\{1,8}f"],
  " ": ["\\+"],
  "&": ["&amp;"],
  "<": ["&lt;"],
  ">": ["&gt;"],
  '"': ["&quot;"],
  "'": ["&apos;"],
};

/** The characters that say nothing but the secret, when that many bytes come before it in a group of three. */
function toBase64(bytes: Uint8Array, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  const own = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  const written = Array.from(own, (character) => base64Writings[character] ?? character);
  // In lines; and with the end, whose last character is made of the secret in part.
  return `${written.join("[\\r\\n]{0,2}")}(?:[\\w+/-]?={1,2})?`;
}

const base64Writings: Readonly<Record<string, string>> = {
  "+": `(?:-|${writings("+").join("|")})`,
  "/": `(?:_|${writings("/").join("|")})`,
};

function toHexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => hex(byte, 2)).join("[\\s:-]?");
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

function literal(character: string): string {
  return character.replaceAll(/[\^$.*+?()[\]{}|/-]/g, "\\$&");
}
