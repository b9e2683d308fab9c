import { parseUrl } from "../urls/find-urls.ts";

/** How a text brings a reader's program to a URL. */
export type LinkKind = "image" | "link" | "html";

/** A URL in Markdown or HTML, with what shows it. */
export interface FoundLink {
  readonly kind: LinkKind;
  readonly start: number;
  readonly end: number;
  readonly url: URL;
}

/** A title, a bracket or a tag that is longer than this is none that is rendered; it bounds what a pattern looks at. */
const target = String.raw`<?([^\s<>()]{1,2048}(?:\([^\s<>()]{0,512}\)[^\s<>()]{0,2048})?)`;
const inline = new RegExp(String.raw`\]\(\s{0,8}${target}`, "g");
const reference = new RegExp(String.raw`^ {0,3}\[[^\]\n]{1,200}\]:[ \t]{0,8}${target}`, "gm");
const autolink = /<([A-Za-z][A-Za-z0-9+.-]{1,30}:[^\s<>]{1,2048})>/g;
const tag = /<[A-Za-z][A-Za-z0-9-]{0,30}[\s/][^<>]{1,4096}/g;
/** Whatever the attribute, and however many URLs are in it. A namespace only looks like a URL. */
const address =
  /(?:(?<!\bxmlns(?::\w{1,20})?=["']?)\b[A-Za-z][A-Za-z0-9+.-]{1,30}:|(?<!:))[/\\]{2}[^\s"'<>,;]{1,2048}/g;
const style = /url\(\s{0,4}["']?([^\s"'()]{1,2048})/gi;

/** How far before its target the text of a link may begin. */
const longestLabel = 1024;

/** Finds what a renderer of Markdown or HTML would fetch, or offer to open: one kind after the other, each in order. */
export function* findLinks(text: string): Generator<FoundLink, void> {
  if (!/[\]<]|url\(/i.test(text)) return;
  yield* findMarkdown(text);
  yield* findHtml(text);
}

function* findMarkdown(text: string): Generator<FoundLink, void> {
  let from = 0;
  for (const match of text.matchAll(inline)) {
    const url = toUrl(match[1]);
    const end = match.index + match[0].length;
    if (url !== undefined)
      yield { ...startOfLabel(text, match.index, from), end: end + (text[end] === ")" ? 1 : 0), url };
    from = end;
  }
  // Whether a definition is of an image is said where it is used; the stricter reading is the safe one.
  yield* findKind(text, "image", reference);
  yield* findKind(text, "link", autolink);
}

function* findKind(text: string, kind: LinkKind, pattern: RegExp): Generator<FoundLink, void> {
  for (const match of text.matchAll(pattern)) {
    const url = toUrl(match[1]);
    if (url !== undefined) yield { kind, start: match.index, end: match.index + match[0].length, url };
  }
}

/** The bracket that opens the label, and the exclamation mark that makes an image of it. */
function startOfLabel(text: string, end: number, from: number): { readonly kind: LinkKind; readonly start: number } {
  const least = Math.max(from, end - longestLabel);
  const label = text.slice(least, end);
  const image = label.lastIndexOf("![");
  // An image may be the label of a link, so that the outermost mark is looked for first.
  if (image !== -1 && !label.slice(image).includes("](")) return { kind: "image", start: least + image };
  const open = label.lastIndexOf("[");
  return { kind: "link", start: open === -1 ? end : least + open };
}

function* findHtml(text: string): Generator<FoundLink, void> {
  for (const { 0: whole, index: start } of text.matchAll(tag)) {
    if (!/[/\\]{2}/.test(whole)) continue;
    const end = start + whole.length + (text[start + whole.length] === ">" ? 1 : 0);
    for (const found of whole.match(address) ?? []) {
      const url = toUrl(found);
      if (url !== undefined) yield { kind: "html", start, end, url };
    }
  }
  yield* findKind(text, "html", style);
}

/** An address that has no host leads nowhere but to where the reader is. */
function toUrl(found = ""): URL | undefined {
  const url = parseUrl(/^[/\\]{2}/.test(found) ? `https:${found}` : found);
  return url?.host === "" ? undefined : url;
}
