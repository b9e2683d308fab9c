import type { EventData, EventOf } from "../events/catalogue.ts";
import type { Item } from "../model/items.ts";
import type { ActiveRun, CallState, SessionState } from "./session-state.ts";

type ToolCallEvent = EventOf<
  | "ToolCallRequested"
  | "ToolCallApproved"
  | "ToolCallDenied"
  | "ToolCallStarted"
  | "ToolCallSucceeded"
  | "ToolCallFailed"
  | "ToolCallOutcomeUnknown"
>;

/** Folds the events of tool calls. An outcome also becomes the item that tells the model of it. */
export function evolveCalls(state: SessionState, event: ToolCallEvent): SessionState {
  const { active } = state;
  const call = active?.calls.get(event.data.callId);
  if (active === undefined || call === undefined) return state;
  const next = evolveCall(call, event);
  const output = call.status === "settled" || next.status !== "settled" ? undefined : outputFor(event);
  return { ...state, active: withCall(active, next, output) };
}

function evolveCall(call: CallState, event: ToolCallEvent): CallState {
  switch (event.type) {
    case "ToolCallRequested": {
      const declaredPolicy = event.data.onUnknownOutcome ?? "ask";
      return { ...call, status: "requested", declaredPolicy, onUnknownOutcome: declaredPolicy };
    }
    case "ToolCallApproved":
      // An approval of a call whose outcome is unknown is the permission to run it again.
      return { ...call, status: call.status === "settled" ? "settled" : "requested" };
    case "ToolCallStarted":
      // What was found out about the attempt before says nothing about this one.
      return { ...call, status: "started", attempts: event.data.attempt, onUnknownOutcome: call.declaredPolicy };
    case "ToolCallOutcomeUnknown":
      return {
        ...call,
        status: event.data.policy === "fail" ? "settled" : "unknown",
        onUnknownOutcome: event.data.policy,
      };
    case "ToolCallDenied":
    case "ToolCallSucceeded":
    case "ToolCallFailed":
      return { ...call, status: "settled" };
  }
}

function outputFor(event: ToolCallEvent): string {
  switch (event.type) {
    case "ToolCallSucceeded":
      return event.data.output;
    case "ToolCallDenied":
    case "ToolCallFailed":
      return toErrorOutput(event.data.code, event.data.message);
    default:
      return toErrorOutput("outcome_unknown", unknownMessage);
  }
}

/** What the model is told, in a run that has ended, of the calls that were started and whose outcome nobody knows. */
export function unknownOutputs({ calls }: ActiveRun): readonly Item[] {
  const open = [...calls.values()].filter((call) => call.status === "started" || call.status === "unknown");
  return open.map((call) => toOutputItem(call, toErrorOutput("outcome_unknown", unknownMessage)));
}

const unknownMessage =
  "The tool was started and it is not known whether it took effect. It was not tried again; do not assume either way.";

/** What the model is told of a call that has no result: a structured error it can act on. */
function toErrorOutput(code: EventData<"ToolCallFailed">["code"], message: string): string {
  return JSON.stringify({ error: { code, message } });
}

function withCall(active: ActiveRun, call: CallState, output: string | undefined): ActiveRun {
  const calls = new Map(active.calls).set(call.callId, call);
  if (output === undefined) return { ...active, calls };
  const items = active.turn.items.append(toOutputItem(call, output));
  return { ...active, calls, turn: { ...active.turn, items } };
}

function toOutputItem({ callId }: CallState, output: string): Item {
  return { type: "function_call_output", call_id: callId, output };
}
