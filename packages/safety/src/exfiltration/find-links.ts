import { parseUrl } from "../urls/find-urls.ts";
import { decodeEntities } from "./decode-entities.ts";
import { destination, findInline } from "./find-inline.ts";

/** How a text brings a reader's program to a URL. */
export type LinkKind = "image" | "link" | "html";

/** A URL in Markdown or HTML, with what shows it. */
export interface FoundLink {
  readonly kind: LinkKind;
  readonly start: number;
  readonly end: number;
  /** Nothing beyond the first thousand of a text: of a flood of links the form alone decides. */
  readonly url: URL | undefined;
}

/**
 * Definitions that images and links refer to, within quotes and lists too. What a text begins with may be the rest of one: a stream
 * has let go of what was before.
 */
const reference = new RegExp(
  String.raw`(?:(?<=^[ \t>*+\d.)-]{0,40})\[|(?<![^]))(?:\\[^]|[^\[\]\\]){1,999}\]:\s*${destination}`,
  "gm",
);
const autolink = /<([A-Za-z][A-Za-z0-9+.-]{1,30}:[^\s<>]{1,2048})>/g;
const tag = /<[A-Za-z][A-Za-z0-9-]{0,30}[\s/][^<>]{1,4096}/g;
/** Whatever the attribute, and however many URLs are in it. A namespace only looks like a URL. */
const address =
  /(?:(?<!\bxmlns(?::\w{1,20})?=["']?)\b[A-Za-z][A-Za-z0-9+.-]{1,30}:|(?<!:))[/\\]{2}[^\s"'<>,;]{1,2048}/g;
const style = /url\(\s{0,4}["']?([^\s"'()]{1,2048})/gi;

/** What can be an address of its own: a scheme, or the slashes before a host. */
const absolute = /^(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:|[/\\]{2})/;
const mostParsed = 1_000;

/** Finds what a renderer of Markdown or HTML would fetch, or offer to open: one kind after the other, each in order. */
export function* findLinks(text: string): Generator<FoundLink, void> {
  if (!/[\]<]|url\(/i.test(text)) return;
  const addresses = createAddressReader();
  yield* findMarkdown(text, addresses);
  yield* findHtml(text, addresses);
}

/** Reads the addresses of one text. */
interface AddressReader {
  readonly read: (found: string | undefined) => Pick<FoundLink, "url"> | undefined;
  /** Whether so many were read that no more are parsed. */
  readonly isFlooded: boolean;
}

/** An address that has no host leads nowhere but to where the reader is. */
function createAddressReader(): AddressReader {
  let parsed = 0;
  const read: AddressReader["read"] = (found = "") => {
    if (!absolute.test(found)) return undefined;
    parsed += 1;
    if (parsed > mostParsed) return { url: undefined };
    const url = parseUrl(/^[/\\]{2}/.test(found) ? `https:${found}` : found);
    return url === undefined || url.host === "" ? undefined : { url };
  };
  return {
    read,
    get isFlooded() {
      return parsed > mostParsed;
    },
  };
}

function* findMarkdown(text: string, addresses: AddressReader): Generator<FoundLink, void> {
  const read = asMarkdown(addresses);
  for (const { target, ...place } of findInline(text)) {
    const link = read(target);
    if (link !== undefined) yield { ...place, url: link.url };
  }
  // Whether a definition is of an image is said where it is used; the stricter reading is the safe one.
  yield* findKind(text, { kind: "image", pattern: reference, read });
  yield* findKind(text, { kind: "link", pattern: autolink, read });
}

interface KindOfLink {
  readonly kind: LinkKind;
  readonly pattern: RegExp;
  readonly read: AddressReader["read"];
}

function* findKind(text: string, { kind, pattern, read }: KindOfLink): Generator<FoundLink, void> {
  for (const match of text.matchAll(pattern)) {
    const link = read(match[1]);
    if (link !== undefined) yield { kind, start: match.index, end: match.index + match[0].length, url: link.url };
  }
}

/** Reads an address as it is written, or as Markdown does: without escapes, and with what entities stand for. */
function asMarkdown({ read }: AddressReader): AddressReader["read"] {
  return (found) => {
    const written = read(found);
    if (written !== undefined || found === undefined || !/[\\&]/.test(found)) return written;
    return read(decodeEntities(found).replaceAll(/\\([!-/:-@[-`{-~])/g, "$1"));
  };
}

function* findHtml(text: string, addresses: AddressReader): Generator<FoundLink, void> {
  for (const { 0: whole, index: start } of text.matchAll(tag)) {
    const plain = decodeEntities(whole);
    if (!/[/\\]{2}/.test(plain)) continue;
    const end = start + whole.length + (text[start + whole.length] === ">" ? 1 : 0);
    if (addresses.isFlooded) yield { kind: "html", start, end, url: undefined };
    else yield* findInTag(plain.match(address) ?? [], { start, end, addresses });
  }
  yield* findKind(text, { kind: "html", pattern: style, read: addresses.read });
}

function* findInTag(
  found: readonly string[],
  { start, end, addresses }: { readonly start: number; readonly end: number; readonly addresses: AddressReader },
): Generator<FoundLink, void> {
  for (const each of found) {
    const link = addresses.read(each);
    if (link !== undefined) yield { kind: "html", start, end, url: link.url };
  }
}
