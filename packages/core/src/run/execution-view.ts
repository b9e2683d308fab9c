import { AgentKitError } from "../errors/agent-kit-error.ts";
import { argumentsOf } from "../session/call-state.ts";
import { readCall } from "../session/read-call.ts";
import type { PlannedCall } from "../session/step.ts";
import type { EffectContext } from "./effect-context.ts";
import { safetyScopeOf } from "./effect-context.ts";

/**
 * What a call's tool is run with: the log's arguments, with the values that the tool may have in the place of their
 * placeholders. In memory only. What the schema and the access policy said of the placeholders, they are asked of the values.
 *
 * @throws AgentKitError `input_invalid` for values that the tool does not take, or may not be used with; what the store of the
 * values throws.
 */
export async function toExecutionView(planned: PlannedCall, context: EffectContext): Promise<PlannedCall> {
  const { restorer } = context.ports.safety ?? {};
  if (planned.isRestored !== true || restorer === undefined) return planned;
  const { call, tool } = planned;
  const text = await restorer.toolArguments(tool.name, argumentsOf(call), safetyScopeOf(context));
  const read = readCall(tool, text, context.definition);
  if (read.ok) return { ...planned, input: read.input };
  throw new AgentKitError("input_invalid", read.message);
}
