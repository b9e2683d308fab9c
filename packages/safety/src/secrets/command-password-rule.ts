import type { SecretRule } from "./secret-rule.ts";
import { isMadePassword, isPlaceholder } from "./secret-value.ts";

/** How much of a command is looked at. */
const commandLength = 200;

const value = String.raw`(?:'([^'\n]{3,100})'|"([^"\n]{3,100})"|([^\s'"$<>|;&-][^\s'"<>|;&]{2,100}))`;
/** With what options commands take a password, in the case in which they are written. */
const commands = [
  new RegExp(String.raw`sshpass[ \t]{1,4}-p[ \t]{0,4}${value}`, "y"),
  new RegExp(String.raw`mysql(?:dump|admin)?(?=[ \t])[^\n|;&]{0,120}?[ \t]-p${value}`, "y"),
  new RegExp(
    String.raw`(?:docker|podman|helm registry|az acr)[ \t]{1,4}login\b[^\n|;&]{0,120}?[ \t]-p[ \t=]{1,4}${value}`,
    "y",
  ),
  new RegExp(String.raw`machine[ \t]{1,4}\S{1,80}\s{1,8}login[ \t]{1,4}\S{1,80}\s{1,8}password[ \t]{1,4}${value}`, "y"),
];

/** The rule of passwords that commands take by a letter (`mysql -psecret`), and of the file `.netrc`. */
export const commandPasswordRule: SecretRule = {
  id: "command-password",
  keywords: ["sshpass", "mysql", "docker", "podman", "helm registry", "az acr", "machine"],
  open: (text) => (keyword) => {
    for (const command of commands) {
      command.lastIndex = keyword.start;
      const match = command.exec(text);
      const password = match?.slice(1).find((group) => group !== undefined);
      if (password === undefined || !isChosen(password)) continue;
      const start = text.lastIndexOf(password, command.lastIndex - 1);
      return { start, end: start + password.length };
    }
    return undefined;
  },
  openFrom: (text, keyword) => {
    const rest = text.slice(keyword.start, keyword.start + commandLength);
    return rest.length < commandLength && openQuote.test(rest) ? keyword.start : undefined;
  },
};

/** A password in quotes may hold white space. */
const openQuote = /(?:[ \t]-p|[ \t]password)[ \t=]{0,4}(?:'[^'\n]{0,100}|"[^"\n]{0,100})$/;

/** A word alone is the password of an example, or none: `-p port`. */
function isChosen(password: string): boolean {
  if (isMadePassword(password)) return true;
  return /[A-Za-z]/.test(password) && /[^A-Za-z_.-]/.test(password) && password.length >= 6 && !isPlaceholder(password);
}
