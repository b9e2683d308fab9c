import type { AccessPolicy } from "@agentkit/core";
import { createAccessPolicy } from "./create-access-policy.ts";
import { readPolicyData } from "./read-access-policy.ts";

/**
 * Makes an access policy of what a JSON file holds. A field that is not known is refused: a rule with a slip of the pen must not
 * become one that asks for less.
 *
 * @throws AgentKitError `access_policy_invalid`, with the place in `param`, for instance `rules[2].when[0].lt`.
 *
 * @example
 * ```ts
 * import { parseAccessPolicy } from "@agentkit/tools";
 *
 * const text = '{ "id": "shop", "version": "1", "rules": [{ "id": "read", "effect": "allow", "tools": ["*_find"] }] }';
 * const access = parseAccessPolicy(JSON.parse(text));
 * console.log(access.hash);
 * ```
 */
export function parseAccessPolicy(value: unknown): AccessPolicy {
  return createAccessPolicy(readPolicyData(value));
}
