/** A URL in a text. */
export interface FoundUrl {
  readonly start: number;
  readonly end: number;
  readonly url: URL;
}

/** Beyond this nobody writes a URL; browsers stop there too. */
const longest = 2048;

/** A scheme with two slashes, one without that runs or carries content, or a name that browsers complete. */
const heads =
  /(?<![A-Za-z0-9+.-])(?:[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/|(?:javascript|data|vbscript):|www\.)(?=[^\s<>"'`])/gi;
const rest = new RegExp(String.raw`[^\s<>"'\x60\\^{}|]{1,${longest}}`, "y");

/**
 * Finds the absolute URLs of a text, parsed as browsers parse them. Punctuation that ends the sentence is no part of a URL, and
 * neither is a closing bracket that was not opened in it.
 */
export function* findUrls(text: string): Generator<FoundUrl, void> {
  let done = 0;
  for (const { 0: head, index } of text.matchAll(heads)) {
    if (index < done) continue;
    rest.lastIndex = index;
    const whole = trimEnd(rest.exec(text)?.[0] ?? head);
    const url = parseUrl(head.toLowerCase() === "www." ? `http://${whole}` : whole);
    done = index + whole.length;
    if (url !== undefined) yield { start: index, end: done, url };
  }
}

/** Reads a URL as a browser would; `undefined` for what is none. */
export function parseUrl(text: string): URL | undefined {
  return URL.parse(text) ?? undefined;
}

function trimEnd(url: string): string {
  if (!/[.,;:!?*_~)\]]$/.test(url)) return url;
  let unopened = url.split(/[)\]]/).length - url.split(/[([]/).length;
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url.charAt(end - 1);
    const closes = (last === ")" || last === "]") && unopened > 0;
    if (closes) unopened -= 1;
    else if (!".,;:!?*_~".includes(last)) break;
  }
  return url.slice(0, end);
}
