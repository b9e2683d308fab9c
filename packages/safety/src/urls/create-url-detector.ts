import type { Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { findUrls } from "./find-urls.ts";
import { createHostMatcher, type HostMatcher } from "./host-pattern.ts";

/** Options of {@link createUrlDetector}. */
export interface UrlDetectorOptions {
  /** Hosts that may occur; every other one is found. `.example.org` is the host and all below it. Default: all may. */
  readonly allowHosts?: readonly string[];
  /** Hosts that may not, whatever `allowHosts` says. */
  readonly denyHosts?: readonly string[];
  /** Default `http` and `https`. */
  readonly allowSchemes?: readonly string[];
}

/**
 * Finds URLs that a list does not allow: their host, their scheme, or a user name in them, by which a text shows one host
 * and leads to another (`https://example.org@evil.net`).
 *
 * @throws AgentKitError `definition_invalid` when a host of a list is none.
 * @see WHATWG URL Standard
 *
 * @example
 * ```ts
 * import { createUrlDetector, scanText } from "@agentkit/safety";
 *
 * const urls = createUrlDetector({ allowHosts: [".example.org"] });
 * console.log(urls.detect(scanText("see https://example.org.evil.net/"), { source: "model" })[0]?.category); // url.host
 * ```
 */
export function createUrlDetector(options: UrlDetectorOptions = {}): Detector {
  const isAllowed = options.allowHosts === undefined ? () => true : createHostMatcher(options.allowHosts);
  const isDenied = createHostMatcher(options.denyHosts ?? []);
  const mayVisit = (host: string): boolean => isAllowed(host) && !isDenied(host);
  const schemes = new Set((options.allowSchemes ?? ["http", "https"]).map((scheme) => `${scheme.toLowerCase()}:`));
  return {
    id: "urls",
    version: "1",
    categories: ["url.scheme", "url.host", "url.credentials"],
    detect: (text) => {
      const findings: Finding[] = [];
      for (const { start: from, end: to, url } of findUrls(text.normalized)) {
        const fault = faultOf(url, schemes, mayVisit);
        if (fault === undefined) continue;
        const [start, end] = text.toOriginal(from, to);
        findings.push({ category: `url.${fault}`, rule: fault, start, end, score: 1 });
      }
      return findings;
    },
  };
}

function faultOf(
  url: URL,
  schemes: ReadonlySet<string>,
  mayVisit: HostMatcher,
): "scheme" | "host" | "credentials" | undefined {
  if (!schemes.has(url.protocol)) return "scheme";
  if (!mayVisit(url.host) && (url.port === "" || !mayVisit(url.hostname))) return "host";
  return url.username === "" && url.password === "" ? undefined : "credentials";
}
