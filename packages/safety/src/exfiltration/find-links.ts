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

/** Finds what a renderer of Markdown or HTML would fetch, or offer to open. */
export function findLinks(text: string): readonly FoundLink[] {
  if (!/[\]<]|url\(/i.test(text)) return [];
  return [...findMarkdown(text), ...findHtml(text)].toSorted((left, right) => left.start - right.start);
}

function findMarkdown(text: string): readonly FoundLink[] {
  const links: FoundLink[] = [];
  let from = 0;
  for (const match of text.matchAll(inline)) {
    const label = startOfLabel(text, match.index, from);
    from = match.index + match[0].length;
    links.push(...toLink(label.kind, [label.start, from + (text[from] === ")" ? 1 : 0)], match[1]));
  }
  for (const match of text.matchAll(reference)) {
    // Whether a definition is of an image is said where it is used; the stricter reading is the safe one.
    links.push(...toLink("image", [match.index, match.index + match[0].length], match[1]));
  }
  for (const match of text.matchAll(autolink)) {
    links.push(...toLink("link", [match.index, match.index + match[0].length], match[1]));
  }
  return links;
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

function findHtml(text: string): readonly FoundLink[] {
  const tags = Array.from(text.matchAll(tag)).flatMap(({ 0: whole, index }) => {
    if (!/[/\\]{2}/.test(whole)) return [];
    const range = [index, index + whole.length + (text[index + whole.length] === ">" ? 1 : 0)] as const;
    return (whole.match(address) ?? []).flatMap((found) => toLink("html", range, found));
  });
  const styles = Array.from(text.matchAll(style)).flatMap((match) =>
    toLink("html", [match.index, match.index + match[0].length], match[1]),
  );
  return [...tags, ...styles];
}

/** An address that has no host leads nowhere but to where the reader is. */
function toLink(kind: LinkKind, [start, end]: readonly [number, number], found = ""): readonly FoundLink[] {
  const url = parseUrl(/^[/\\]{2}/.test(found) ? `https:${found}` : found);
  return url === undefined || url.host === "" ? [] : [{ kind, start, end, url }];
}
