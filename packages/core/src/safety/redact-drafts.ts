import type { EventDraft } from "../events/catalogue.ts";
import type { RedactedDraft } from "./event-redactor.ts";
import type { SafetyScope } from "./guard.ts";
import type { Safety } from "./safety.ts";

/** What redacts the drafts of a session; nothing where nothing is redacted. */
export function toRedact(
  safety: Safety | undefined,
  scope: SafetyScope,
): ((draft: EventDraft) => RedactedDraft) | undefined {
  return safety && ((draft) => safety.redactor.draft(draft, scope));
}
