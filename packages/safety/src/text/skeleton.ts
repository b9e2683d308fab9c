/**
 * Letters of other scripts that look like Latin ones, by what they look like. For matching only: a skeleton is never stored or
 * shown. The table holds what is used to hide English words; UTS #39 lists thousands of pairs, most of them never seen.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  a: "аαɑ",
  b: "Ьвβ",
  c: "сϲ",
  d: "ԁɗ",
  e: "еєεҽ",
  f: "ƒ",
  g: "ɡց",
  h: "һн",
  i: "іιıɩӏ",
  j: "јϳ",
  k: "кκ",
  l: "ⅼǀ",
  m: "мм",
  n: "ոηռ",
  o: "оοօσ",
  p: "рρ",
  q: "ԛգ",
  r: "гɾ",
  s: "ѕꜱ",
  t: "тτ",
  u: "υսц",
  v: "νѵ",
  w: "ԝωшա",
  x: "хχ",
  y: "уγү",
  z: "ᴢʐ",
  A: "АΑ",
  B: "ВΒ",
  C: "СϹ",
  E: "ЕΕ",
  G: "Ԍ",
  H: "НΗ",
  I: "ІΙӀ",
  J: "Ј",
  K: "КΚ",
  M: "МΜ",
  N: "Ν",
  O: "ОΟ",
  P: "РΡ",
  Q: "Ԛ",
  S: "Ѕ",
  T: "ТΤ",
  V: "Ѵ",
  W: "Ԝ",
  X: "ХΧ",
  Y: "УΥҮ",
  Z: "Ζ",
  "'": "‘’ʼ`´",
  '"': "“”„",
  "-": "‐‑‒–—−",
};

const latin = new Map(
  Object.entries(lookAlikes).flatMap(([letter, alike]) => Array.from(alike, (other) => [other, letter] as const)),
);

/** Digits and signs that stand for letters within a word, as in `1gn0re`. */
const leet: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

/**
 * Writes a normalised text with plain Latin letters where it uses others that look like them, accents, or digits in the
 * place of letters. The result has the length of the text, so that an offset in the one is an offset in the other.
 *
 * @see UTS #39, section 4 (confusable detection)
 */
export function toSkeleton(normalized: string): string {
  const plain = /^[\0-\x7f]*$/.test(normalized) ? normalized : normalized.replace(/[^\0-\x7f]/g, toLatin);
  return plain.replace(
    /(?<=[A-Za-z])[013457@$](?=[A-Za-z])|\b[013457@$](?=[A-Za-z]{2})/g,
    (sign) => leet[sign] ?? sign,
  );
}

/** Of a word that is written in another script throughout, the skeleton is nonsense, which matches nothing: no harm done. */
function toLatin(character: string): string {
  const known = latin.get(character);
  if (known !== undefined) return known;
  const base = character.normalize("NFD").charAt(0);
  return base >= "A" && base <= "z" ? base : character;
}
