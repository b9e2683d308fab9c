import { AgentKitError, type EventData } from "@agentkit/core";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import { isOverrideScope, overrideScopes } from "./active-override.ts";

/**
 * Checks an override before it is granted, and gives the data of its `OverrideGranted` event. Who grants it is the event's
 * `meta.actor`: whoever appends it has to know.
 *
 * @throws AgentKitError `input_invalid`: a rule the policy has not, no reason, a scope or an expiry that cannot work.
 *
 * @example
 * ```ts
 * import { createPiiDetector, defineSafetyPolicy, grantOverride } from "@agentkit/safety";
 *
 * const rule = { id: "mail", detector: "pii", surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [createPiiDetector()] });
 * const wanted = { rule: "mail", reason: "ticket 12", scope: "session:a1", expires: "2027-01-01T00:00:00.000Z" };
 * const data = grantOverride(wanted, { policy, time: Date.parse("2026-12-31T00:00:00.000Z") });
 * ```
 */
export function grantOverride(
  override: EventData<"OverrideGranted">,
  { policy, time }: { readonly policy: SafetyPolicy; /** Now, in milliseconds since 1970. */ readonly time: number },
): EventData<"OverrideGranted"> {
  const { rule, reason, scope, expires } = override;
  if (!policy.rules.some((active) => active.rule.id === rule)) {
    throw invalid("rule", `the policy '${policy.id}' has no rule '${rule}'`);
  }
  if (reason.trim() === "") throw invalid("reason", "say why");
  if (!isOverrideScope(scope)) {
    throw invalid("scope", `'*', or one of ${overrideScopes.join(", ")} with a name, as in session:a1`);
  }
  const ends = Date.parse(expires);
  if (!(ends > time)) throw invalid("expires", "a time in UTC that is still to come, as 2026-11-22T13:08:05.123Z");
  return { rule, reason, scope, expires: new Date(ends).toISOString() };
}

function invalid(param: string, what: string): AgentKitError {
  return new AgentKitError("input_invalid", `The override cannot be granted; ${param}: ${what}.`, { param });
}
