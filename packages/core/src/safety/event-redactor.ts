import type { EventDraft } from "../events/catalogue.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { JsonValue } from "../json/json.ts";
import type { ModerationDecision } from "../events/safety-events.ts";
import type { SafetyScope } from "./guard.ts";

/** An event without what must not be kept, and what was decided about it; nothing where nothing was found. */
export interface RedactedDraft {
  readonly draft: EventDraft;
  readonly decisions: readonly ModerationDecision[];
}

/**
 * Takes out what must not be kept, and puts placeholders in its place: the log view of what a session is made of.
 *
 * An implementation is synchronous and deterministic: the same input gives the same output in every process of a deployment, and
 * redacting what was redacted changes nothing.
 */
export interface EventRedactor {
  /**
   * Redacts an event before it has an identity, so that what is folded is what is appended.
   *
   * @throws AgentKitError `event_invalid` for an event that cannot be redacted.
   */
  draft(draft: EventDraft, scope: SafetyScope): RedactedDraft;
  /** Redacts text as `draft` would in a field of an event. Used before something is hashed, signed or cut. */
  text(text: string, scope: SafetyScope): string;
  /** Redacts what is recorded once and named by its hash: the same in every session. */
  definition<Value extends JsonValue>(value: Value): Value;
  /** Puts the redactor around a log, so that no write goes around it. */
  protect(log: EventLog): EventLog;
}
