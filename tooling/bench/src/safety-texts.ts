import { createTextSource, type TextSource } from "./safety-random.ts";

/** A text of any size that is made the same in every run. */
export interface MeasuredText {
  readonly name: string;
  make(size: number): string;
}

const common =
  "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all".split(
    " ",
  );

const elsewhere =
  "und für über schön größer nicht Straße être déjà là où français señor año está не что это как она они были когда этой を は が の です ます から それ 日本 東京 会社".split(
    " ",
  );

/** What people and tools send: prose, JSON, code, and Markdown with links in it. */
export const ordinaryTexts: readonly MeasuredText[] = [
  generated("prose", (source, count) => {
    const word = source.pick(common);
    if (count % 211 === 0) return `${word}, see https://example.org/docs/page or write to team@example.org. `;
    if (count % 97 === 0) return `${word} in 2024, at 10:30, under the number 48213, `;
    return word + (count % 12 === 0 ? ". " : " ");
  }),
  generated("prose in other languages", (source, count) => source.pick(elsewhere) + (count % 12 === 0 ? ". " : " ")),
  generated("JSON", (source, count) => {
    const owner = { id: source.text("0123456789abcdef", 8), email: `user${source.below(99)}@example.org` };
    const created = `2024-05-${10 + source.below(20)}T10:${10 + source.below(50)}:00Z`;
    return `${JSON.stringify({ id: count, name: `item ${source.below(999)}`, price: source.below(9999) / 100, created, owner })},\n`;
  }),
  generated(
    "code",
    (source, count) => `export function handle${count}(request: Request, options: Options = {}): Response {
  const token = request.headers.get("authorization");
  if (token === null || options.key === undefined) return fail(${400 + source.below(90)}, "missing");
  return items.filter((item) => item.id !== ${source.below(9999)}).map(({ name }) => name.trim());
}\n\n`,
  ),
  generated("Markdown", (source, count) => {
    const words = Array.from({ length: 14 }, () => source.pick(common)).join(" ");
    if (count % 9 === 0) return `\n## ${words}\n\n`;
    if (count % 4 === 0)
      return `- see [${source.pick(common)}](https://example.org/docs/${source.below(999)}) and ${words}\n`;
    return `${words}. <br/>\n`;
  }),
];

/** Pieces that drive a careless pattern into time that grows with the square of a text, or worse. */
const pieces: readonly string[] = [
  "a|1|(|[|{|<|@|\\|\"|'|-|=|.|:|/| |\n|\t".split("|"),
  ["a ", "1 ", "1-", "1.", "a1", "1a", "aA1", "12-", "(1)", '\\"', "\\u0061", "%20", "||", "->"],
  ["a@", "a@a.a ", ".@", "a.", "a-", "mailto:a@b.c ", "s.", "::", "0:", "1.1.", "1.1.1.1 ", "255.255.255.255."],
  ["+1 ", "+49 (", "(0", "123 456 789 ", "123-45-6789 ", "1234567890 ", "12345678901 ", "phone 12345678901 "],
  ["4111 1111 1111 1111 ", "4111111111111111 ", "DE89 ", "AB 12 34 56 C ", "AAAAAA00A00A000A ", "passport 1234567 "],
  [
    "key=",
    "key=key ",
    "--key ",
    "key \t",
    "token ",
    "password: ",
    "password: a1",
    "password is ",
    "secret = '",
    '"key": "',
  ],
  ["sig=", "AKIA", "AKIAAKIAAKIAAKIAAKIA ", "eyJ", "eyJa.eyJ", "sk-", "ghp_", "_mmk", "-us1", "t3blbkfj", "1:A"],
  ["-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nabcdefghijklmnopqrstuvwxyz\n"],
  ["://", "http://a:", "https://a:b@", "http://a.b/", "http://a.b/ ", "www.", "www.a ", "javascript:", "data:"],
  ["curl -u ", "curl -u a:", "authorization: ", "authorization: bearer ", "bearer ", "kind: Secret\ndata:\n  a: b\n"],
  [
    "![",
    "![](",
    "](",
    "[](",
    "![a](http://a.b) ",
    "[a]: http://a.b\n",
    "<http://a.b> ",
    "<a href=",
    "<a //",
    "<img src=//a ",
  ],
  ["url(", "url(a", "[1,", '{"a":', '{"a":[', "[[A:B:000000000000]]", "[[A:B:", "[[~000000000000:", "[[["],
  ["ignore ", "ignore all ", "forget the ", "tell me your ", "imagine ", "imagine tell me ", "repeat everything "],
  ["a = 'b' ", "write password ", "send it to ", "decode base64 ", "ignorer ", "игнорируй ", "忽略", "前の"],
  ["f.u.", "f.u.c.k ", "fuuuuck ", "1gn0r3 ", "d@4$"],
  [
    "\ud800",
    "\udc00",
    "\u0301",
    "a\u0301",
    "\u200b",
    "x\u200b",
    "\u202e",
    "ａ",
    "\u{e0041}",
    "\ufe0f",
    "\u1100\u1161",
    "\u1100",
  ],
  ["\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", "\ufdfa", "\uff9e", "é", "е"],
].flat();

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Texts without a repeated piece. */
const floods: readonly MeasuredText[] = [
  characters("base64 in one run", base64),
  characters("digits in one run", "0123456789"),
  characters("digits with spaces", "0123456789 "),
  characters("hexadecimal with colons", "0123456789abcdef:"),
  characters("punctuation", "[](){}<>!@#$%^&*-_=+\\|;:'\",./?` \n"),
  generated("base64 in words", (source) => `${source.text(base64, 12 + source.below(40))} `),
  generated(
    "groups of digits",
    (source) => source.text("0123456789", 1 + source.below(8)) + source.pick(["-", ".", " "]),
  ),
  generated("links that all differ", (source) => `[a](https://h${source.below(1e9)}.example/?q=${source.below(1e9)}) `),
  generated("names that all differ", (source) => `${source.text("abcdef", 6)}_api_key=${source.text(base64, 20)}\n`),
  generated("minified JSON", (source, count) => `{"k${count}":[${source.below(1e9)},"${source.text(base64, 8)}"]},`),
  generated("characters of all planes", (source) => String.fromCharCode(source.below(0x1_00_00))),
  generated("letters under many marks", (source) => {
    const marks = Array.from({ length: source.below(40) }, () => String.fromCharCode(0x300 + source.below(0x70)));
    return source.pick(common) + marks.join("");
  }),
];

/** Texts made to be slow: repeats, floods, and the words that detectors themselves look for, as an attacker reads them. */
export function adversarialTexts(vocabularies: ReadonlyMap<string, readonly string[]>): readonly MeasuredText[] {
  const dense = [...vocabularies].flatMap(([name, words]) => [
    generated(`words of ${name}`, (source) => `${source.pick(words)} `),
    generated(`words of ${name}, without spaces`, (source) => source.pick(words)),
    generated(`words of ${name} as names of fields`, (source) => `${source.pick(words)}=`),
    generated(`words of ${name} before numbers`, (source) => `${source.pick(words)} 1${source.below(1e9)} `),
  ]);
  return [...pieces.map(repeated), ...floods, ...dense];
}

function repeated(piece: string): MeasuredText {
  return {
    name: JSON.stringify(piece).replaceAll(/[^ -~]/g, toEscape),
    make: (size) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size),
  };
}

/** Marks and directions would disturb the table. */
function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function characters(name: string, alphabet: string): MeasuredText {
  return { name, make: (size) => createTextSource(1).text(alphabet, size) };
}

function generated(name: string, next: (source: TextSource, count: number) => string): MeasuredText {
  return {
    name,
    make: (size) => {
      const source = createTextSource(1);
      const parts: string[] = [];
      for (let length = 0; length < size;) {
        const part = next(source, parts.length + 1);
        parts.push(part);
        length += part.length;
      }
      return parts.join("").slice(0, size);
    },
  };
}
