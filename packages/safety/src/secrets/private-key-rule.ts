import { tokenRule } from "./token-rule.ts";
import type { SecretRule, Span } from "./secret-rule.ts";

const begin = /-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----/iy;
const endMarker = /-----END[ A-Z0-9_-]{0,100}KEY(?: BLOCK)?-----/gi;
/** The shortest key there is has more; what is shorter is an explanation. */
const shortestBody = 64;
const longestBody = 32_768;
/**
 * Lines of base64, with headers (`DEK-Info: …`) before them, as PEM (RFC 7468) has them; also with their line ends escaped, as
 * in JSON and code. Every part is optional, so that the pattern cannot fail and nothing is tried twice.
 */
const body =
  /^(?:\\[nr]|[\s"',+]){0,40}(?:[A-Za-z0-9+/=]{16,}(?:\\[nr]|[\s"',+]){0,24}|[A-Za-z][A-Za-z-]{2,24}:[^\n]{0,120}\n\s{0,4})*[A-Za-z0-9+/=]{0,76}/;

/** The rule of private keys in PEM and PGP armour, also when their end was cut off. */
export const privateKeyRule: SecretRule = {
  id: "private-key",
  keywords: ["-----begin"],
  open: (text) => {
    const nextEnd = endMarkers(text);
    return (keyword) => {
      begin.lastIndex = keyword.start;
      if (!begin.test(text)) return undefined;
      const bodyStart = begin.lastIndex;
      const end = nextEnd(bodyStart);
      if (end !== undefined && end.start - bodyStart <= longestBody) {
        return end.start - bodyStart >= shortestBody ? { start: keyword.start, end: end.end } : undefined;
      }
      const bodyEnd = readBody(text, bodyStart);
      const dense =
        text
          .slice(bodyStart, bodyEnd)
          .match(/[A-Za-z0-9+/]{30,}/g)
          ?.join("").length ?? 0;
      return dense >= shortestBody ? { start: keyword.start, end: bodyEnd } : undefined;
    };
  },
  openFrom: (text, keyword) => {
    begin.lastIndex = keyword.start;
    // The marker itself may still be on its way: `-----BEGIN RSA PRI`.
    if (!begin.test(text))
      return /^-----BEGIN[ A-Z0-9_-]{0,130}$/i.test(text.slice(keyword.start, keyword.start + 141))
        ? keyword.start
        : undefined;
    const from = begin.lastIndex;
    if (endMarkers(text)(from) !== undefined) return undefined;
    // The end marker may be on its way too.
    return /^\\?\s{0,4}(?:-[A-Z0-9 -]{0,110})?$/i.test(text.slice(readBody(text, from)).slice(0, 120))
      ? keyword.start
      : undefined;
  },
};

/** The same as base64 of the whole file, as variables of the environment hold it. */
export const encodedPrivateKeyRule: SecretRule = tokenRule({
  id: "private-key-base64",
  keywords: ["ls0tls1crudjti"],
  pattern: "LS0tLS1CRUdJTi[A-Za-z0-9+/]{80,12000}={0,2}",
  accepts: (token) => /PRIVATE KEY/.test(Buffer.from(token.slice(0, 80), "base64").toString("latin1")),
});

function readBody(text: string, start: number): number {
  return start + (body.exec(text.slice(start, start + longestBody))?.[0].length ?? 0);
}

/** The next end marker after an offset; asked in ascending order, each part of the text is searched once. */
function endMarkers(text: string): (start: number) => Span | undefined {
  let next: Span | undefined = { start: -1, end: 0 };
  return (start) => {
    if (next === undefined || next.start >= start) return next;
    endMarker.lastIndex = start;
    const match = endMarker.exec(text);
    next = match === null ? undefined : { start: match.index, end: endMarker.lastIndex };
    return next;
  };
}
