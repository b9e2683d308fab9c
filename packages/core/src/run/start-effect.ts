import type { Clock } from "../runtime/clock.ts";
import type { Effect } from "../session/advance.ts";
import type { PlannedCall } from "../session/step.ts";
import type { EffectOutput } from "./effect-set.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { callModel } from "./model-effect.ts";
import { callTool, reconcileTools } from "./tool-effect.ts";
import type { ToolEffectOptions } from "./tool-effect.ts";

/** What effects are carried out with. */
export interface EffectContext {
  readonly ports: EnginePorts;
  readonly signal: AbortSignal;
  readonly session: string;
  readonly run: string;
  readonly streaming: boolean;
}

/** Carries an effect out; tools called together run side by side. */
export function startEffect(effect: Effect, context: EffectContext): readonly AsyncGenerator<EffectOutput, void>[] {
  const { ports, signal, session, run, streaming } = context;
  const toToolOptions = (planned: PlannedCall): ToolEffectOptions => {
    return { planned, session, run, clock: ports.clock, signal };
  };
  switch (effect.type) {
    case "callModel":
      return [callModel({ model: ports.model, request: effect.request, signal, streaming })];
    case "callTools":
      return effect.calls.map((planned) => callTool(toToolOptions(planned)));
    case "reconcileTools":
      return [reconcileTools(effect.calls.map(toToolOptions))];
    case "delay":
      return [delay(ports.clock, effect.delayMs, signal)];
  }
}

async function* delay(clock: Clock, milliseconds: number, signal: AbortSignal): AsyncGenerator<EffectOutput, void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    // Cancelled while waiting: the run's ending says so.
  }
  yield { type: "observed", drafts: [] };
}
