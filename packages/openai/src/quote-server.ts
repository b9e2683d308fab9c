const longestQuote = 300;
const window = 16;
const stride = 8;
const shortest = 4;

/**
 * The server's words as a sentence for an error message, or an empty string. Servers repeat what they were sent (OpenAI a
 * part of a wrong key, others the whole input), and messages go into logs: words that share a longer stretch with `texts`,
 * or hold a short one of them whole, are left out, and keys are blanked.
 */
export function quoteServer(message: string | undefined, apiKey: string | null, texts: readonly string[]): string {
  const line = flatten(unescape(message ?? ""));
  if (line === "" || line.startsWith("<")) return "";
  const quote = blankKeys(shorten(line), apiKey);
  return repeatsAny(quote, texts) ? "" : ` The server says: "${quote.replaceAll('"', "'")}"`;
}

/** Never within a word: half of a token is told by nobody who redacts what is recorded. */
function shorten(line: string): string {
  return line.length > longestQuote ? `${line.slice(0, longestQuote).replace(/\S+$/, "")}…` : line;
}

function blankKeys(line: string, apiKey: string | null): string {
  // Not `KEY-----`: without its first line a private key is told by nobody either.
  const blanked = apiKey === null || apiKey === "" ? line : line.replaceAll(apiKey, "***");
  return blanked.replaceAll(/\b(?:(?:sk|pk|key)-(?!-)|Bearer )[\w*.~+/=-]{4,}/gi, "***");
}

/** Servers quote what they were sent as source code; what is compared is what that says. */
function unescape(message: string): string {
  return message
    .replaceAll(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\[nrt]/g, " ")
    .replaceAll(/\\(["'\\])/g, "$1");
}

function flatten(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Whether a stretch of some 20 characters occurs in both; a short text counts when it occurs whole. */
function repeatsAny(quote: string, texts: readonly string[]): boolean {
  const normalised = texts.map(flatten);
  const isWhole = (text: string): boolean => text.length >= shortest && quote.includes(text);
  if (normalised.some((text) => text.length < window + stride && isWhole(text))) return true;
  const corpus = normalised.join("\n");
  for (let start = 0; start + window <= quote.length; start += stride) {
    if (corpus.includes(quote.slice(start, start + window))) return true;
  }
  return false;
}
