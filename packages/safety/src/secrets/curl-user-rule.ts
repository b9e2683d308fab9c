import type { SecretRule } from "./secret-rule.ts";
import { isPlaceholder } from "./secret-value.ts";

/** How much of a command is looked at: it may go over several lines. */
const commandLength = 1_000;
const option =
  /(?<=\s)(?:-u|--user)[= \t]{0,4}(?:"([^"\n]{3,200})"(?::"([^"\n]{3,200})")?|'([^'\n]{3,200})'|([\w$@.{}-]{1,100}:(?:"[^"\n]{3,200}"|'[^'\n]{3,200}'|[^\s"'<>]{3,200})))/y;
/** A line end that no backslash joins to the next line, or, in prose, the end of a sentence. */
const commandEnd = /(?<!\\\r?)\n|[.!?]["')]?[ \t]/;
const weakPasswords = /^(?:pass(?:word|wd)?|pwd|test|token|secret|changeit|changeme|[*x]+|y+)$/i;

/** The rule of `curl -u user:password`. */
export const curlUserRule: SecretRule = {
  id: "curl-user",
  keywords: ["curl", " -u", " --user", "\t-u", "\t--user", "\n-u", "\n--user"],
  open: (text) => {
    let command = -commandLength;
    return (keyword) => {
      if (text.charCodeAt(keyword.start) > 32) {
        command = keyword.end;
        return undefined;
      }
      if (keyword.start - command > commandLength) return undefined;
      option.lastIndex = keyword.start + 1;
      const match = option.exec(text);
      if (match === null) return undefined;
      const user = match.slice(1).find((group) => group !== undefined) ?? "";
      return isUser(match[2] === undefined ? user : `${user}:${match[2]}`)
        ? { start: keyword.start + 1, end: option.lastIndex }
        : undefined;
    };
  },
  openFrom: (text, keyword) => {
    const rest = text.slice(keyword.end, keyword.end + commandLength);
    return text.charCodeAt(keyword.start) <= 32 || rest.length === commandLength || commandEnd.test(rest)
      ? undefined
      : keyword.start;
  },
};

/** `user:password`, or a key in the place of the user: `key:`. */
function isUser(value: string): boolean {
  const colon = value.indexOf(":");
  if (colon === -1) return false;
  const name = value.slice(0, colon);
  const password = value.slice(colon + 1).replace(/^["']|["']$/g, "");
  if (password === "") return name.length >= 8 && /\d/.test(name) && !isPlaceholder(name);
  if (password.length < 3 || weakPasswords.test(password)) return false;
  // Braces around a whole part are a template, unless what they hold looks chosen by chance.
  const inner = /^\{(\w{10,})\}$/.exec(password)?.[1];
  return inner === undefined
    ? !isPlaceholder(password)
    : /\d/.test(inner) && /[A-Z]/.test(inner) && /[a-z]/.test(inner);
}
