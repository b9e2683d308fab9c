import type { EventData, EventOf } from "../events/catalogue.ts";
import type { Item } from "../model/items.ts";
import type { CallState } from "./call-state.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";

type ToolCallEvent = EventOf<
  | "ToolCallRequested"
  | "ToolCallApproved"
  | "ToolCallDenied"
  | "ToolCallStarted"
  | "ToolCallSucceeded"
  | "ToolCallFailed"
  | "ToolCallOutcomeUnknown"
  | "ToolCallSuspended"
>;

/** Folds the events of tool calls. An outcome also becomes the item that tells the model of it. */
export function evolveCalls(state: SessionState, event: ToolCallEvent): SessionState {
  const { active } = state;
  const call = active?.calls.get(event.data.callId);
  if (active === undefined || call === undefined) return state;
  const next = evolveCall(call, event);
  const output = call.status === "settled" || next.status !== "settled" ? undefined : outputFor(event);
  const after = { ...state, active: withCall(count(active, event), next, output) };
  return "trust" in event.data && event.data.trust === "untrusted" ? { ...after, untrusted: true } : after;
}

function count(active: ActiveRun, event: ToolCallEvent): ActiveRun {
  if (event.type === "ToolCallStarted" && event.data.attempt === 1) {
    return { ...active, toolCalls: active.toolCalls + 1 };
  }
  const isInvalid = event.type === "ToolCallDenied" && invalidCodes.has(event.data.code);
  return isInvalid ? { ...active, invalidCalls: active.invalidCalls + 1 } : active;
}

const invalidCodes: ReadonlySet<string> = new Set<EventData<"ToolCallDenied">["code"]>([
  "tool_not_found",
  "arguments_invalid",
  "handoff_refused",
]);

function evolveCall(call: CallState, event: ToolCallEvent): CallState {
  switch (event.type) {
    case "ToolCallRequested": {
      const declaredPolicy = event.data.onUnknownOutcome ?? "ask";
      return { ...call, status: "requested", declaredPolicy, onUnknownOutcome: declaredPolicy };
    }
    case "ToolCallApproved":
      return approve(call, event.data);
    case "ToolCallStarted":
      return start(call, event.data.attempt);
    case "ToolCallSuspended":
      return {
        ...call,
        status: "waiting",
        waitsFor: event.data.waitsFor,
        suspensions: (call.suspensions ?? 0) + 1,
      };
    case "ToolCallOutcomeUnknown":
      return {
        ...call,
        status: event.data.policy === "fail" ? "settled" : "unknown",
        onUnknownOutcome: event.data.policy,
      };
    case "ToolCallFailed":
      return fail(call, event.data);
    case "ToolCallDenied":
    case "ToolCallSucceeded":
      return { ...call, status: "settled" };
  }
}

// What was found out about the attempt before says nothing about this one.
function start(call: CallState, attempts: number): CallState {
  const { declaredPolicy: onUnknownOutcome } = call;
  return { ...call, status: "started", attempts, onUnknownOutcome, retryAfterMs: undefined, waitsFor: undefined };
}

function fail(call: CallState, { retryAfterMs }: EventData<"ToolCallFailed">): CallState {
  return { ...call, status: retryAfterMs === undefined ? "settled" : "requested", retryAfterMs };
}

function approve(call: CallState, data: EventData<"ToolCallApproved">): CallState {
  if (call.status === "settled") return call;
  const { approval: given } = data;
  if (given === undefined) {
    // A person lets a call of unknown outcome run again. The approval it ran under was for once.
    return call.status === "unknown" ? { ...call, status: "requested", approval: undefined } : call;
  }
  if (call.status !== "awaiting_approval" || call.approval?.id !== given.id) return call;
  const edited = data.arguments === undefined ? {} : { editedArguments: data.arguments };
  return { ...call, ...edited, status: "requested", approval: { ...call.approval, given } };
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
  const open = [...calls.values()].filter(mayHaveTakenEffect);
  return open.map((call) => toOutputItem(call, toErrorOutput("outcome_unknown", unknownMessage)));
}

function mayHaveTakenEffect({ status, attempts }: CallState): boolean {
  return (
    status === "started" || status === "unknown" || status === "waiting" || (status === "requested" && attempts > 0)
  );
}

const unknownMessage =
  "The tool was started and it is not known whether it took effect. It was not tried again; do not assume either way.";

/** What the model is told of a call that has no result: a structured error it can act on. */
function toErrorOutput(code: EventData<"ToolCallFailed">["code"], message: string): string {
  return JSON.stringify({ error: { code, message } });
}

/** The run with one of its calls in another state, and the output that tells the model of it. */
export function withCall(active: ActiveRun, call: CallState, output: string | undefined): ActiveRun {
  const calls = new Map(active.calls).set(call.callId, call);
  if (output === undefined) return { ...active, calls };
  const items = active.turn.items.append(toOutputItem(call, output));
  return { ...active, calls, turn: { ...active.turn, items } };
}

function toOutputItem({ callId, editedArguments }: CallState, output: string): Item {
  // The model's own item keeps what it wrote; it has to know what was done instead.
  const told = editedArguments === undefined ? output : JSON.stringify({ arguments_used: editedArguments, output });
  return { type: "function_call_output", call_id: callId, output: told };
}
