import { type AgentEvent, isFunctionCall } from "@agentkit/core";

/** A call of a tool, from the events that led to it. */
interface KnownCall {
  readonly tool: string;
  readonly arguments?: string | undefined;
}

/** The calls seen so far, by their ids. */
export type KnownCalls = Map<string, KnownCall>;

/** Remembers the calls that an event announces. */
export function noteCalls(event: AgentEvent, calls: KnownCalls): void {
  if (event.type === "ModelCallCompleted") {
    for (const call of event.data.output.filter(isFunctionCall)) {
      calls.set(call.call_id, { tool: call.name, arguments: call.arguments });
    }
  } else if (event.type === "ToolCallRequested" || event.type === "ApprovalRequested") {
    const { callId, tool } = event.data;
    calls.set(callId, { ...calls.get(callId), tool });
  }
}

/** A call with its arguments. A fork in the middle of a run has the call's first events in its parent. */
export function describeCall(call: KnownCall | undefined): string {
  if (call === undefined) return "a call of the parent session";
  return call.arguments === undefined ? call.tool : `${call.tool}(${call.arguments})`;
}

/** What became of a call: what happened comes first and the call's id last, where a narrow screen cuts. */
export function describeOutcome({ callId }: { readonly callId: string }, calls: KnownCalls, outcome: string): string {
  const call = calls.get(callId);
  return `${call === undefined ? "" : `${call.tool}: `}${outcome} · ${callId}`;
}
