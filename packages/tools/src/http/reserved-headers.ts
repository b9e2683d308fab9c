/** Whether a header (lower case) belongs to the connection or says whom a request is for, so that nobody else may set it. */
export function isReservedHeader(name: string): boolean {
  return reserved.has(name) || name.startsWith("proxy-");
}

const reserved: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
