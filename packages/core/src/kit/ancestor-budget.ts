import { originOf, resolveDefinition } from "../run/definitions.ts";
import { definitionSource } from "../run/kit-context.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { SessionStore } from "../run/session-store.ts";
import { TreeBudget } from "../run/tree-budget.ts";
import type { SessionState } from "../session/session-state.ts";
import { addSpent, nothingSpent, spentOf } from "../session/spent.ts";
import type { Spent } from "../session/spent.ts";

/** What is left for a sub-run that is driven by itself, by what the log says of the runs above it and beside it. */
export async function ancestorBudget(context: KitContext, state: SessionState): Promise<TreeBudget | undefined> {
  const { parent, session } = state;
  if (parent === undefined) return undefined;
  const { sessions } = context.ports;
  const above = await sessions.load(parent.session);
  if (above?.active?.turn.run !== parent.run) return undefined;
  const { agent } = await resolveDefinition(originOf(above, above.active), definitionSource(context));
  const budget = new TreeBudget(agent.limits, await ancestorBudget(context, above));
  budget.add(await openSpent(sessions, above, session));
  return budget;
}

/**
 * What the run of a session used up so far, with the runs below it that its log does not yet say are over; `except` for one
 * of them.
 */
async function openSpent(sessions: SessionStore, state: SessionState, except?: string): Promise<Spent> {
  const { active, session } = state;
  if (active === undefined) return nothingSpent;
  let spent = spentOf(active);
  for (const [linked, status] of Object.entries(active.linked)) {
    if (status === "completed" || linked === except) continue;
    const child = await sessions.load(linked);
    // A fork knows the sub-runs of the session that it was taken from, which are not its own.
    if (child?.parent?.session !== session) continue;
    spent = addSpent(spent, await spentOfSubRun(sessions, child));
  }
  return spent;
}

/** What a sub-run used up, whether or not it is over. */
export async function spentOfSubRun(sessions: SessionStore, child: SessionState): Promise<Spent> {
  return child.active === undefined ? (child.turns.at(0)?.spent ?? nothingSpent) : openSpent(sessions, child);
}
