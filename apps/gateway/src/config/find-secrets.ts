import type { Variables } from "./environment.ts";

/** How names of secrets end. `PWD` alone, and `OLDPWD`, are directories. */
const secretName =
  /(?:API_?KEY|TOKEN|SECRET|PASSW(?:OR)?D|PASSPHRASE|CREDENTIALS?)\d*$|(?:^|_)(?:KEY|PASS|PAT)\d*$|_PWD$/i;

/** An address with a user and a password, which may hold any character: what comes after the last `@` is the host. */
const address = /^[a-z][a-z\d+.-]*:\/\/[^:/@]*:(.+)@[^@]*$/is;

/**
 * The values of a process's variables that are secret: by the name of the variable, or as the password of an address. A process
 * that starts programs and reads files may meet them in any text.
 */
export function findSecrets(variables: Variables): readonly string[] {
  const found = Object.entries(variables).flatMap(([name, value = ""]) => {
    const password = address.exec(value)?.[1];
    return [...(secretName.test(name) ? [value] : []), ...(password === undefined ? [] : spellings(password))];
  });
  return [...new Set(found)];
}

/** A password as it stands in an address, and as it is. */
function spellings(password: string): readonly string[] {
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
