import { type EventOf, isFunctionCall, type RecordedEvent } from "@agentkit/core";
import type { RequestedApproval } from "./approval-items.ts";

/** What a run waits for, folded from its events. */
export interface WaitFold {
  accept(event: RecordedEvent): void;
  /** The approvals that were asked for and are not decided on. */
  asked(): readonly RequestedApproval[];
  /** The sessions of the sub-runs that its calls wait for. */
  below(): readonly string[];
}

/** Starts the fold for a session. */
export function createWaitFold(session: string): WaitFold {
  const texts = new Map<string, string>();
  const asked = new Map<string, RequestedApproval>();
  const below = new Map<string, string>();

  function accept(event: RecordedEvent): void {
    switch (event.type) {
      case "ModelCallCompleted":
        for (const call of event.data.output.filter(isFunctionCall)) texts.set(call.call_id, call.arguments);
        return;
      case "ApprovalRequested": {
        const { callId, approval, argumentsHash, tool } = event.data;
        asked.set(callId, { session, callId, approval, argumentsHash, tool, arguments: texts.get(callId) ?? "" });
        return;
      }
      case "ToolCallSuspended":
        if (event.data.waitsFor.type === "sub_run") below.set(event.data.callId, event.data.waitsFor.session);
        return;
      default:
        goOn(event);
    }
  }

  function goOn(event: RecordedEvent): void {
    if (isMove(event)) {
      asked.delete(event.data.callId);
      below.delete(event.data.callId);
    }
    if (isEnd(event)) {
      asked.clear();
      below.clear();
    }
  }

  return { accept, asked: () => [...asked.values()], below: () => [...below.values()] };
}

type Move = EventOf<"ToolCallApproved" | "ToolCallDenied" | "ToolCallStarted" | "ToolCallSucceeded" | "ToolCallFailed">;

/** Whether a call waits no more. */
function isMove(event: RecordedEvent): event is Move {
  switch (event.type) {
    case "ToolCallApproved":
    case "ToolCallDenied":
    case "ToolCallStarted":
    case "ToolCallSucceeded":
    case "ToolCallFailed":
      return true;
    default:
      return false;
  }
}

function isEnd({ type }: RecordedEvent): boolean {
  return type === "RunCompleted" || type === "RunFailed" || type === "RunCancelled";
}
