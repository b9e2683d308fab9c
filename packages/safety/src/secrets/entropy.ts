/**
 * Shannon's entropy of the characters of a text, in bits a character: 0 for one repeated character, about 5 for random base64.
 * What is not ASCII counts as one character.
 */
export function entropy(text: string): number {
  const counts = new Uint32Array(128);
  for (let at = 0; at < text.length; at += 1) {
    const code = Math.min(text.charCodeAt(at), 127);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  }
  return bits;
}
