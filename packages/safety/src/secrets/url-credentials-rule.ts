import type { SecretRule } from "./secret-rule.ts";
import { isPlaceholder, isRandom } from "./secret-value.ts";

/** RFC 3986, section 3.2.1: user information before the host. An `@` may stand in passwords that nobody encoded. */
const userInformation = /:\/\/([^\s:@/?#'"<>]{0,100}):([^\s/'"<>@]{3,200}(?:@[^\s/'"<>@:]{1,60}(?=@))?)@(?=[\w[*])/y;
/** A token in the place of the name, as `git` takes it. */
const tokenAsName = /:\/\/([\w-]{20,200})@(?=[\w[])/y;
const weakPasswords = /^(?:pass(?:word|wd)?|pwd|secret|token|changeit|changeme|port|[*x]+)$/i;

/** The rule of passwords in addresses: `postgres://app:secret@db/shop`, also those of HTTP. */
export const urlCredentialsRule: SecretRule = {
  id: "url-credentials",
  keywords: ["://"],
  open: (text) => (keyword) => {
    tokenAsName.lastIndex = keyword.start;
    const token = tokenAsName.exec(text)?.[1];
    if (token !== undefined && isRandom(token))
      return { start: keyword.start + 3, end: keyword.start + 3 + token.length };
    userInformation.lastIndex = keyword.start;
    const password = userInformation.exec(text)?.[2];
    if (password === undefined || weakPasswords.test(password) || isPlaceholder(password)) return undefined;
    const end = userInformation.lastIndex - 1;
    return { start: end - password.length, end };
  },
};
