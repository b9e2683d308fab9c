import type { Clock } from "../runtime/clock.ts";
import type { Effect } from "../session/advance.ts";
import { safetyScopeOf } from "./effect-context.ts";
import type { EffectContext } from "./effect-context.ts";
import type { EffectOutput } from "./effect-set.ts";
import { callModel } from "./model-effect.ts";
import { reconcileTools } from "./reconcile-effect.ts";
import { callTool } from "./tool-effect.ts";

/** Carries an effect out; tools called together run side by side. */
export function startEffect(effect: Effect, context: EffectContext): readonly AsyncGenerator<EffectOutput, void>[] {
  const { ports, signal, streaming, definition } = context;
  const { guard } = ports.safety ?? {};
  switch (effect.type) {
    case "callModel": {
      const { planner } = definition.agent;
      // A plan costs nothing.
      const asked = planner === undefined ? { model: ports.model, prices: ports.prices } : { model: planner };
      const model = guard === undefined ? asked.model : guard.model(asked.model, safetyScopeOf(context));
      return [callModel({ ...asked, model, request: effect.request, signal, streaming })];
    }
    case "callTools":
      return effect.calls.map((planned) => callTool(planned, context));
    case "reconcileTools":
      return [reconcileTools(effect.calls, context)];
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
