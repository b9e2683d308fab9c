import type { EventDraft } from "../events/catalogue.ts";
import type { SessionState } from "../session/session-state.ts";
import type { Guarded } from "./guard.ts";
import type { Safety } from "./safety.ts";

/** What was decided about something, as events. */
export function toDecided({ decisions }: Pick<Guarded<unknown>, "decisions">): readonly EventDraft[] {
  return decisions.map((data) => ({ type: "ModerationDecided", data }));
}

/**
 * Asks once more about a prompt that is held: the service that could not answer may be there again, or a person may have granted
 * an override. Nothing where it is still held: what was decided is in the log.
 */
export async function lookAgain(safety: Safety | undefined, state: SessionState): Promise<readonly EventDraft[]> {
  const { active, family, session } = state;
  if (safety === undefined || active?.prompt !== "held") return [];
  const items = [...active.turn.items].slice(0, active.promptLength);
  const { run } = active.turn;
  const scope = { session, family, run, agent: active.agent, tenant: active.request.principal?.tenant };
  const guarded = await safety.guard.input(items, scope, active.heldBy);
  return guarded.verdict === "require_approval" ? [] : toDecided(guarded);
}
