import type { AgentEvent, EventData } from "@agentkit/core";
import { toOneLine } from "../terminal/plain-text.ts";

type Decision = EventData<"ModerationDecided">;

/** What an event of safety records, in a few words; `undefined` for events of other kinds. */
export function describeSafetyEvent(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "ModerationDecided":
      return describeDecision(event.data);
    case "OverrideGranted": {
      const { rule, scope, expires, reason } = event.data;
      const by = event.meta.actor ?? "nobody named";
      return toOneLine(`rule ${rule}, scope ${scope}, until ${expires.slice(0, 19)}Z, by ${by}: ${reason}`);
    }
    default:
      return undefined;
  }
}

/** What was decided at a surface, because of which rules, and what could not be asked. */
export function describeDecision(decision: Decision): string {
  const { surface, verdict, mode, override, callId } = decision;
  const what = mode === "observe" ? `would ${verdict} ${surface} (only observed)` : `${verdict} ${surface}`;
  const why = [...countRules(decision), ...describeFailure(decision)].join(", ");
  const exception = override === undefined ? "" : `, let through by override ${override.slice(0, 8)}`;
  return toOneLine(`${what}${why === "" ? "" : `: ${why}`}${exception}${callId === undefined ? "" : ` · ${callId}`}`);
}

function countRules({ rules }: Decision): readonly string[] {
  const counts = new Map<string, number>();
  for (const { id, count } of rules) counts.set(id, (counts.get(id) ?? 0) + count);
  return Array.from(counts, ([id, count]) => `${id} ×${count}`);
}

function describeFailure({ degraded }: Decision): readonly string[] {
  return degraded === undefined ? [] : [`${degraded.provider} FAILED (${degraded.reason}), ${degraded.failMode}`];
}
