import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import { activatePolicy, checkPolicy, type PolicyOptions, toPolicyError } from "./define-safety-policy.ts";
import { findPolicyBlock } from "./policy-block.ts";
import type { SafetyPolicy } from "./safety-policy.ts";

/**
 * Reads a safety policy from YAML or JSON, or from the block of a Markdown document that begins with ` ```yaml agentkit-policy `
 * (SSOT.md, where the policy that is in force is written down).
 *
 * @throws AgentKitError `safety_policy_invalid`, with the line of the text and the place in `param`; see `defineSafetyPolicy`.
 *
 * @example
 * ```ts
 * import { createPiiDetector, parseSafetyPolicy } from "@agentkit/safety";
 *
 * const text = `
 * id: shop
 * version: "1"
 * rules:
 *   - { id: no-cards, detector: pii, categories: [pii.card], surfaces: [user_input], action: redact, onFailure: closed }
 * `;
 * console.log(parseSafetyPolicy(text, { detectors: [createPiiDetector()] }).rules.length); // 1
 * ```
 */
export function parseSafetyPolicy(text: string, options: PolicyOptions): SafetyPolicy {
  const block = findPolicyBlock(text);
  if ("reason" in block) throw toPolicyError({ path: [], reason: block.reason }, block.line);
  const lines = new LineCounter();
  const document = parseDocument(block.text, { lineCounter: lines });
  const [fault] = document.errors;
  const toLine = (offset: number): number => lines.linePos(offset).line + block.line;
  if (fault !== undefined) {
    throw toPolicyError({ path: [], reason: `it is no YAML (${fault.code})` }, toLine(fault.pos[0]));
  }
  const result = checkPolicy(toValue(document, block.line), options.detectors);
  if (!("problem" in result)) return activatePolicy(result.policy, options.detectors);
  throw toPolicyError(result.problem, toLine(offsetOf(document, result.problem.path)));
}

function toValue(document: Document, line: number): unknown {
  try {
    // With aliases a short text could stand for a very long one.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw toPolicyError({ path: [], reason: "it uses YAML aliases; write the values out" }, line + 1);
  }
}

/** Where a path stands in the text: its node, or the nearest one above that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
