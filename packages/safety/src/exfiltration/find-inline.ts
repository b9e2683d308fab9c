/** An inline link or image, with the address as it is written. */
export interface InlineLink {
  readonly kind: "image" | "link";
  readonly start: number;
  readonly end: number;
  readonly target: string;
}

/** The pattern of an address in Markdown. What is longer is none that is opened; it bounds what is looked at. */
export const destination: string = String.raw`<?([^\s<>()]{1,2048}(?:\([^\s<>()]{0,512}\)[^\s<>()]{0,2048})?)`;

const inParentheses = new RegExp(String.raw`\(\s*${destination}\)?`, "y");
/** How an address begins that can lead elsewhere: with a scheme, slashes, an escape or an entity; in `a[i](1)` nothing does. */
const beginning = /^[A-Za-z/\\&<\s]/;
const blankLine = /\n[ \t]*\n/y;

/**
 * Finds inline links and images by their brackets, in one pass. In doubt it is an image: where the bracket that opens it is not
 * there, because a stream has let go of it, and where an image is open around it.
 *
 * @see CommonMark 0.31, 6.3 and 6.4
 */
export function* findInline(text: string): Generator<InlineLink, void> {
  if (!text.includes("](")) return;
  const openers = createOpeners();
  for (let at = nextSign(text, 0); at < text.length; at = nextSign(text, at + 1)) {
    const sign = text[at];
    if (sign === "\\") at += 1;
    else if (sign === "[") openers.open(at, text[at - 1] === "!");
    else if (sign === "\n") {
      if (openers.areOpen && matchAt(blankLine, text, at) !== undefined) openers.clear();
    } else {
      const opener = openers.close(at);
      const match =
        text[at + 1] === "(" && beginning.test(text.charAt(at + 2)) ? matchAt(inParentheses, text, at + 1) : undefined;
      if (match !== undefined) yield { ...opener, end: at + 1 + match[0].length, target: match[1] ?? "" };
    }
  }
}

/** Where the next of `[`, `\`, `]` and the end of a line is: by number, which is many times as fast as by character. */
function nextSign(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code >= 0x5b && code <= 0x5d) || code === 0x0a) return at;
  }
  return text.length;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** The brackets that are open at a place. */
function createOpeners() {
  const starts: number[] = [];
  let images = 0;
  return {
    get areOpen() {
      return starts.length > 0;
    },
    open(at: number, isImage: boolean): void {
      // Of an image it is below zero: text can be full of brackets, and a number takes the least room.
      starts.push(isImage ? -at : at);
      if (isImage) images += 1;
    },
    close(at: number): Pick<InlineLink, "kind" | "start"> {
      const kind = images > 0 || starts.length === 0 ? "image" : "link";
      const start = starts.pop() ?? at;
      if (start >= 0) return { kind, start };
      images -= 1;
      return { kind, start: -start - 1 };
    },
    clear(): void {
      starts.length = 0;
      images = 0;
    },
  };
}
