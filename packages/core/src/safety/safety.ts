import type { EventRedactor } from "./event-redactor.ts";
import type { ModerationDecision } from "../events/safety-events.ts";
import type { Guard } from "./guard.ts";
import type { Restorer } from "./restorer.ts";

/**
 * What a run may still do with side effects once the conversation holds content that nobody vouches for: as before, with a
 * person's approval for each call, or nothing.
 */
export type UntrustedPolicy = "allow" | "require_approval" | "deny";

/** What keeps an agent safe: guards of every surface, a redactor for the log, and what is put back where. */
export interface Safety {
  /** What decides, for the record. */
  readonly policy: ModerationDecision["policy"];
  readonly guard: Guard;
  readonly redactor: EventRedactor;
  readonly restorer: Restorer;
  readonly untrusted: UntrustedPolicy;
  /** Whether it may have calls wait for a person whose tool asks for no approval. */
  readonly asksForApproval: boolean;
}
