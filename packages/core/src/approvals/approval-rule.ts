import type { Principal } from "../access/principal.ts";

/** Which calls of a tool wait for a person's approval, and who may give it. */
export interface ApprovalRule {
  /**
   * Pure. A function sees the accepted arguments and the run's principal; one that throws asks for an approval.
   */
  readonly when: "never" | "always" | ((input: unknown, principal: Principal) => boolean);
  /** Roles of which an approver needs one. Empty: whoever may decide on the session. */
  readonly roles: readonly string[];
  /** For how long a request may be decided on, and an approval used, in milliseconds. */
  readonly validForMs: number;
}
