import type { SafetyScope } from "../safety/guard.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import type { SessionState } from "../session/session-state.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { TreeBudget } from "./tree-budget.ts";

/** What effects are carried out with. */
export interface EffectContext {
  readonly ports: EnginePorts;
  readonly signal: AbortSignal;
  readonly leave: AbortSignal | undefined;
  /** Whether sub-runs are left to whoever holds their lease. */
  readonly unlessHeld: boolean;
  /** The session as it was when the effect was announced. */
  readonly state: SessionState;
  readonly run: string;
  /** That of the agent which has the run. */
  readonly definition: RunDefinition;
  readonly budget: TreeBudget;
  readonly streaming: boolean;
}

/** For whom and within what the effects of a run are looked at. */
export function safetyScopeOf({ state, run, definition, signal }: EffectContext): SafetyScope {
  const { agent, access } = definition;
  const { session, family } = state;
  return { session, family, run, agent: agent.name, tenant: access.principal.tenant, signal };
}
