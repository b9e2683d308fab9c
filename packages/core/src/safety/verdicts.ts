import type { ModerationDecision } from "../events/safety-events.ts";

/** Whether something must not go on where no person can be asked. */
export function isBlocked(verdict: ModerationDecision["verdict"]): boolean {
  return verdict === "block" || verdict === "require_approval";
}
