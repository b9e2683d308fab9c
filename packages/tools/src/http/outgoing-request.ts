/** What a tool is about to send, without the secrets that are added to it on the way. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  /** Those that say something of the call: none that is made of a secret, and no idempotency key. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/**
 * Writes a request for a guard to read: the request line, the headers and the body, as they are sent. What is percent-encoded is
 * written a second time without that, because no detector knows an address in `ada%40example.org`.
 */
export function toOutgoingText({ method, url, headers = {}, body = "" }: OutgoingRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const sent = [`${method} ${url}`, ...lines, ...(text === "" ? [] : ["", text])].join("\n");
  const decoded = decodePercent(sent);
  return decoded === sent ? sent : `${sent}\n\n${decoded}`;
}

/** Decodes what is encoded, whatever surrounds it; bytes that are no UTF-8 become replacement characters. */
function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}
