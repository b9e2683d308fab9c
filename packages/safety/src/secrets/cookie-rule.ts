import type { SecretRule, Span } from "./secret-rule.ts";
import { isRandom } from "./secret-value.ts";

/** `Cookie: `, `Set-Cookie: `, also as a key of JSON or code. */
const field = /cookie\\{0,2}["']?\]?[ \t]{0,4}[:=,][ \t]{0,4}\\{0,2}["'`]?(?=[\w.-]{1,80}=)/iy;
const pair = /(?<![\w.-])([\w.-]{1,80})=([^\s;,"'`\\]{12,4096})/g;
/** How cookies are called whose value alone is a login: `PHPSESSID`, `connect.sid`, `__Host-session`, `remember_me`. */
const sessionName = /sess|sid$|auth|token|jwt|login|remember|\bsso/i;
const otherName = /[ck]srf|xsrf/i;
/** How much of one field is looked at. */
const longestField = 8_192;
/** Behind the word: what makes a field of it, or may still become that. */
const fieldBegins = /\\{0,2}["']?\]?[ \t]{0,4}(?:$|[:=,])/y;

/** The rule of the sessions in `Cookie` and `Set-Cookie` fields: who has one is logged in. */
export const cookieRule: SecretRule = {
  id: "session-cookie",
  keywords: ["cookie"],
  open: (text) => {
    let readUpTo = 0;
    return (keyword) => {
      field.lastIndex = keyword.start;
      if (keyword.start < readUpTo || !field.test(text)) return undefined;
      const start = field.lastIndex;
      const line = /^[^\r\n]*/.exec(text.slice(start, start + longestField))?.[0] ?? "";
      readUpTo = start + line.length;
      return sessions(line, start);
    };
  },
  openFrom: (text, keyword) => {
    if (text.length - keyword.end >= longestField || text.includes("\n", keyword.end)) return undefined;
    fieldBegins.lastIndex = keyword.end;
    return fieldBegins.test(text) ? keyword.start : undefined;
  },
};

function sessions(line: string, offset: number): readonly Span[] {
  return [...line.matchAll(pair)].flatMap((match) => {
    const [whole, name = "", value = ""] = match;
    if (!sessionName.test(name) || otherName.test(name) || !isRandom(value.slice(0, 512))) return [];
    const end = offset + match.index + whole.length;
    return [{ start: end - value.length, end }];
  });
}
