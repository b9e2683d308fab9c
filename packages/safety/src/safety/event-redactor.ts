import type { EventLog, EventRedactor, JsonValue, ModerationDecision } from "@agentkit/core";
import { decide } from "../policy/decide.ts";
import type { EvaluationContext, RuleFindings } from "../policy/evaluation.ts";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import { definitionsSession } from "../redaction/placeholder.ts";
import type { RedactionScope, Redactor } from "../redaction/redactor.ts";
import { withRedaction } from "../redaction/with-redaction.ts";
import { toPlaceholderSession } from "./placeholder-session.ts";

/** Makes the engine's redactor of a redactor: with a decision for each event in which something was redacted. */
export function toEventRedactor(redactor: Redactor, policy: SafetyPolicy, timer: () => number): EventRedactor {
  const protectedLogs = new WeakMap<EventLog, EventLog>();
  return {
    draft(draft, scope) {
      const { session, agent, tenant } = scope;
      const from = { session: toPlaceholderSession(scope), agent, tenant };
      const started = timer();
      const hits: RuleFindings["hits"][number][] = [];
      const failures: RuleFindings["failures"][number][] = [];
      const redacted = redactor.draft(draft, from, (findings) => {
        // One by one: a text may hold more than there is room for on the stack.
        for (const hit of findings.hits) hits.push(hit);
        for (const failure of findings.failures) failures.push(failure);
      });
      if (hits.length === 0 && failures.length === 0) return { draft: redacted, decisions: [] };
      const context: EvaluationContext = { surface: "append", session, agent, tenant };
      const { decisions } = decide(
        policy,
        { hits, failures },
        { ...context, latencyMs: Math.max(timer() - started, 0) },
      );
      return { draft: redacted, decisions: decisions.filter(isTelling).map(asRedaction) };
    },
    text: (text, scope) => {
      const { agent, tenant } = scope;
      return redactJson(redactor, text, { session: toPlaceholderSession(scope), agent, tenant });
    },
    definition: (value) => redactJson(redactor, value, { session: definitionsSession }),
    protect(log) {
      const before = protectedLogs.get(log);
      if (before !== undefined) return before;
      const around = withRedaction(log, redactor);
      protectedLogs.set(log, around);
      protectedLogs.set(around, around);
      return around;
    },
  };
}

/** Whether a decision says anything: an append in which rules only observe something is decided on by those alone. */
function isTelling({ rules, degraded }: ModerationDecision): boolean {
  return rules.length > 0 || degraded !== undefined;
}

/**
 * Whatever a rule asks for: an event is appended without what was found, and nobody is asked. It is flagged where nothing was
 * found because a detector failed that its rule lets pass.
 */
function asRedaction(decision: ModerationDecision): ModerationDecision {
  const stays = decision.mode === "observe" || decision.verdict === "flag";
  return stays ? decision : { ...decision, verdict: "redact" };
}

/** As a field of an event is redacted: JSON within a text is looked at as such. */
function redactJson<Value extends JsonValue>(redactor: Redactor, value: Value, scope: RedactionScope): Value {
  const redacted: unknown = redactor.value(value, scope);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON stays JSON; a text stays a text, and an object an object
  return redacted as Value;
}
