import { entropy } from "./entropy.ts";
import type { SecretRule } from "./secret-rule.ts";
import { isPlaceholder } from "./secret-value.ts";

/** RFC 9110, section 11.6.2: the field, a scheme, and credentials; RFC 6750 for `Bearer` alone. */
const field =
  /authorization\\{0,2}["']?\]?[ \t]{0,4}[:=,]>?[ \t]{0,4}\\{0,2}["'`]?(?:(?:bearer|basic|token|apikey|api-key|digest|negotiate|key)[ \t]{1,4})?([\w~+/.=|:-]{6,4096})/iy;
const bearer = /bearer[ \t]{1,4}([\w~+/.=|-]{16,4096})/iy;

const longestField = 4_200;
/** A separator, a scheme and credentials that nothing follows yet. */
const unfinished = /^\S*(?:[ \t]+\S*){0,3}$/;

/** The rule of credentials in an `Authorization` field, and after the word `Bearer`. */
export const authorizationRule: SecretRule = {
  id: "authorization",
  keywords: ["authorization", "bearer"],
  open: (text) => (keyword) => {
    const isField = keyword.end - keyword.start > "bearer".length;
    const pattern = isField ? field : bearer;
    pattern.lastIndex = keyword.start;
    const credentials = pattern.exec(text)?.[1];
    if (credentials === undefined) return undefined;
    const end = pattern.lastIndex;
    const found = isField ? isCredentials(credentials) : isCredentials(credentials) && entropy(credentials) >= 3;
    return found ? { start: end - credentials.length, end } : undefined;
  },
  openFrom: (text, keyword) => {
    const rest = text.slice(keyword.end, keyword.end + longestField);
    return rest.length < longestField && unfinished.test(rest) ? keyword.start : undefined;
  },
};

/** A word or a name in capitals stands for credentials; they themselves have digits in them, or letters of both cases. */
function isCredentials(value: string): boolean {
  const mixed = /\d/.test(value) || (/[a-z]/.test(value.slice(1)) && /[A-Z]/.test(value.slice(1)));
  return mixed && value.length >= 8 && entropy(value) >= 2.75 && !isPlaceholder(value);
}
