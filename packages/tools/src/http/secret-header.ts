import { AgentKitError } from "@agentkit/core";
import type { CallSecrets } from "../secrets/call-secrets.ts";

/** A header: its text, or the name of the secret that it is made of. */
export type HeaderValue = string | SecretHeader;

/** A header made of a secret: `{ secret: "BILLING_API_KEY", prefix: "Bearer " }`. */
export interface SecretHeader {
  /** The name of the secret in the secret source. */
  readonly secret: string;
  /** Text before the secret. Default: none. */
  readonly prefix?: string;
}

/** Headers as they are sent. */
export interface SentHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** The names of those that are made of secrets. */
  readonly secretHeaders: readonly string[];
}

/**
 * Fills in secrets. The values are nowhere kept but in what is returned.
 *
 * @throws AgentKitError `secret_not_found`, and `config_invalid` for a secret that no header can carry.
 */
export async function toSentHeaders(
  headers: Readonly<Record<string, HeaderValue>>,
  secrets: CallSecrets,
): Promise<SentHeaders> {
  const secretHeaders: string[] = [];
  const entries = Object.entries(headers).map(async ([title, value]) => {
    const name = title.toLowerCase();
    if (typeof value === "string") return [name, value] as const;
    secretHeaders.push(name);
    const secret = await secrets.get(value.secret);
    if (value.prefix?.trim().toLowerCase() === "basic") rememberLogin(fromBase64(secret), secrets);
    if (!isHeaderText(secret)) {
      throw new AgentKitError(
        "config_invalid",
        `The secret '${value.secret}' has characters that no header can carry.`,
      );
    }
    return [name, `${value.prefix ?? ""}${secret}`] as const;
  });
  return { headers: Object.fromEntries(await Promise.all(entries)), secretHeaders };
}

/** Hides a login, `user:password`, and its password by itself. */
export function rememberLogin(login: string, secrets: CallSecrets): void {
  secrets.remember(login);
  if (login.includes(":")) secrets.remember(login.slice(login.indexOf(":") + 1));
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

/** Whether a text can be a header's value: visible ASCII, blanks and tabs within. */
export function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(text) || text === "";
}
