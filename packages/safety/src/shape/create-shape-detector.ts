import { AgentKitError } from "@agentkit/core";
import type { Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { measureJson } from "./measure-json.ts";
import { defaultShapeLimits, type ShapeLimits } from "./shape-limits.ts";

/**
 * Finds texts that are too large, and JSON that is nested too deeply or has too many properties, before anything parses them.
 * Nesting is counted in texts that begin as JSON does; a finding covers what lies beyond the limit.
 *
 * @throws AgentKitError `definition_invalid` when a limit is no positive integer.
 *
 * @example
 * ```ts
 * import { createShapeDetector, scanText } from "@agentkit/safety";
 *
 * const shape = createShapeDetector({ maxDepth: 2 });
 * console.log(shape.detect(scanText("[[[1]]]"), { source: "tool" })[0]?.category); // shape.too_deep
 * ```
 */
export function createShapeDetector(options: ShapeLimits = {}): Detector {
  const limits = { ...defaultShapeLimits, ...options };
  for (const [name, limit] of Object.entries(limits)) assertLimit(name, limit);
  return {
    id: "shape",
    version: "1",
    categories: ["shape.too_large", "shape.too_deep", "shape.too_many_keys"],
    detect: ({ original }) => {
      const large = isLarger(original, limits.maxBytes);
      const json = measureJson(original, limits);
      return [
        ...(large ? [beyond("too_large", 0, original)] : []),
        ...(json.tooDeepAt === undefined ? [] : [beyond("too_deep", json.tooDeepAt, original)]),
        ...(json.tooManyKeysAt === undefined ? [] : [beyond("too_many_keys", json.tooManyKeysAt, original)]),
      ];
    },
  };
}

function beyond(rule: string, start: number, text: string): Finding {
  return { category: `shape.${rule}`, rule, start, end: text.length, score: 1 };
}

/** No UTF-16 unit takes more than three bytes, so that the bytes of most texts need not be counted. */
function isLarger(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || Buffer.byteLength(text) > maxBytes;
}

function assertLimit(name: string, limit: number): void {
  if (Number.isSafeInteger(limit) && limit > 0) return;
  throw new AgentKitError("definition_invalid", `${name} is ${limit}. Give a positive integer.`, { param: name });
}
