import type { Detector } from "./detectors/detector.ts";
import { createExfiltrationDetector } from "./exfiltration/create-exfiltration-detector.ts";
import { createInjectionDetector } from "./injection/create-injection-detector.ts";
import { createPiiDetector } from "./pii/create-pii-detector.ts";
import { createProfanityDetector } from "./profanity/create-profanity-detector.ts";
import { createSecretsDetector } from "./secrets/secrets-detector.ts";
import { createShapeDetector } from "./shape/create-shape-detector.ts";
import type { ShapeLimits } from "./shape/shape-limits.ts";
import { createUrlDetector } from "./urls/create-url-detector.ts";

/** Options of {@link createDefaultDetectors}. */
export interface DefaultDetectorOptions {
  /** Values that are known to be secret, as the environment and the secret source hold them. */
  readonly known?: Iterable<string>;
  /** Hosts whose images and links an answer may show. `.example.org` is the host and all below it. Default none. */
  readonly allowHosts?: readonly string[];
}

/** Lock files and listings of an API, which agents read every day, stay below; what is made to exhaust a parser does not. */
const limits: ShapeLimits = { maxBytes: 1_048_576, maxDepth: 64, maxKeys: 50_000 };

/**
 * Makes every detector that needs no other server, as the rules of `defaultSafetyPolicy` name them: `shape`, `secrets`, `pii`,
 * `injection`, `exfiltration`, `urls`, `profanity`. Texts may have 1 MiB, JSON in them 64 levels and 50,000 properties. No rule of
 * the default policy asks `urls`, which without lists of hosts finds schemes other than `http` and `https`, and names in URLs.
 *
 * @throws AgentKitError `definition_invalid` when a host is none.
 *
 * @example
 * ```ts
 * import { createDefaultDetectors, defaultSafetyPolicy, defineSafetyPolicy } from "@agentkit/safety";
 *
 * const detectors = createDefaultDetectors({ known: ["correct horse battery staple"], allowHosts: [".example.org"] });
 * console.log(defineSafetyPolicy(defaultSafetyPolicy, { detectors }).id); // agentkit-default
 * ```
 */
export function createDefaultDetectors({ known, allowHosts = [] }: DefaultDetectorOptions = {}): readonly Detector[] {
  return [
    createShapeDetector(limits),
    createSecretsDetector({ ...(known && { known }) }),
    createPiiDetector(),
    createInjectionDetector(),
    createExfiltrationDetector({ allowHosts }),
    createUrlDetector(),
    createProfanityDetector(),
  ];
}
