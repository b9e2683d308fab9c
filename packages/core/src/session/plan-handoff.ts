import { decideAccess, handoffSubject } from "../access/decide-access.ts";
import type { Handoff } from "../agent/handoff.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { parseJson } from "../json/parse-json.ts";
import type { CallState } from "./call-state.ts";
import type { Situation } from "./plan-calls.ts";
import type { DeniedCall, PlannedHandoff, Step } from "./step.ts";

/** A handoff that an agent declares, by the name under which the model calls it. */
export function findHandoff({ definition }: Situation, name: string): Handoff | undefined {
  return definition.agent.handoffs.find((handoff) => handoff.name === name);
}

/**
 * Decides on the handoffs that an answer asks for, when its other calls are over: the first that is in order is carried out.
 * None is while the caller has calls of the same answer to run: their outputs belong to the agent that asked for them.
 */
export function planHandoff(calls: readonly CallState[], situation: Situation): Step {
  const denied: DeniedCall[] = [];
  for (const [index, call] of calls.entries()) {
    const plan = planOne(call, situation);
    if ("code" in plan) {
      denied.push(plan);
    } else {
      const late = calls.slice(index + 1).map((other): DeniedCall => {
        const message = "The run was handed off by another call of the same answer.";
        return { call: other, code: "handoff_refused", message };
      });
      return { type: "handOff", planned: plan, denied: [...denied, ...late] };
    }
  }
  return { type: "callTools", calls: [], denied, toApprove: [] };
}

type Plan = PlannedHandoff | DeniedCall;

function planOne(call: CallState, situation: Situation): Plan {
  const { active, definition } = situation;
  const { agent, access } = definition;
  const handoff = findHandoff(situation, call.item.name);
  if (handoff === undefined) return { call, code: "tool_not_found", message: `There is no '${call.item.name}'.` };
  const decision = decideAccess(access, agent.name, { tool: handoffSubject(handoff) });
  if (decision?.effect === "deny") {
    return { call, code: "access_denied", message: `There is no tool '${handoff.name}'.`, access: decision };
  }
  // Nobody can be asked about a handoff.
  if (call.verdict !== undefined) {
    const message = "The safety policy does not let this be passed on.";
    return { call, code: "content_blocked", message, access: decision };
  }
  if ([...active.calls.values()].some(({ status }) => status === "announced")) {
    const message = "Other functions of the same answer have to be run by the caller first. Hand off after that.";
    return { call, code: "handoff_refused", message };
  }
  if (active.handoffs >= agent.limits.handoffs) {
    return {
      call,
      code: "handoff_refused",
      message: "The run was handed off too often (limits.handoffs). Answer yourself.",
    };
  }
  const plan = toHandoff(call, handoff, agent.name);
  return { ...plan, access: decision };
}

function toHandoff(call: CallState, handoff: Handoff, from: string): Plan {
  try {
    const request = handoff.parse(parseJson(call.item.arguments));
    if (!request.ok) return { call, code: "arguments_invalid", message: request.message.toWellFormed() };
    const { ok: _ok, ...passed } = request;
    // Half a surrogate pair passes for text until it is to be recorded.
    canonicalJson(passed);
    return { call, handoff: { to: handoff.to, context: handoff.context, from, callId: call.callId, ...passed } };
  } catch {
    return { call, code: "arguments_invalid", message: "The arguments are no valid JSON." };
  }
}
