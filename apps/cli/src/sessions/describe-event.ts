import {
  type AgentEvent,
  AgentKitError,
  isFunctionCall,
  isMessage,
  type Item,
  messageText,
  parseEvent,
  type StoredEvent,
} from "@agentkit/core";
import { describeAccessEvent, describeApproval, describeDenial } from "./describe-access-event.ts";
import { describeAgentEvent } from "./describe-agent-event.ts";
import { describeBehalf } from "./describe-principal.ts";
import { describeSafetyEvent } from "./describe-safety-event.ts";
import { describeWait } from "./describe-wait.ts";
import { describeCall, describeOutcome, type KnownCalls, noteCalls } from "./known-calls.ts";

/**
 * Makes what says in a few words what an event records. Given a session's events in order it names the tool in each event of
 * a call, though most have only the call's id. An event that this version does not know, or that is damaged, is shown as
 * it is.
 */
export function createEventDescriber(): (stored: StoredEvent) => string {
  const calls: KnownCalls = new Map();
  return (stored) => {
    const event = parseOrNothing(stored);
    if (event === undefined) return JSON.stringify(stored.data);
    noteCalls(event, calls);
    return (
      describeSession(event) ??
      describeRun(event) ??
      describeModelCall(event) ??
      describeTool(event, calls) ??
      describeAccessEvent(event, calls) ??
      describeAgentEvent(event) ??
      describeSafetyEvent(event) ??
      JSON.stringify(event.data)
    );
  };
}

function parseOrNothing(stored: StoredEvent): AgentEvent | undefined {
  try {
    return parseEvent(stored);
  } catch (error) {
    if (AgentKitError.is(error)) return undefined;
    throw error;
  }
}

function describeSession(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "SessionStarted": {
      const { agent, parent } = event.data;
      const below = parent === undefined ? "" : `, for call ${parent.callId} of session ${parent.session}`;
      return `${agent === undefined ? "empty" : `agent ${agent}`}${below}`;
    }
    case "SessionForked": {
      const { parent, overrides = {} } = event.data;
      const changed = Object.keys(overrides).length === 0 ? "" : `, other ${Object.keys(overrides).join(", ")}`;
      return `from ${parent.session} at ${parent.revision}${changed}`;
    }
    case "PromptReceived":
      return event.data.items.map(describeItem).join(" · ");
    case "ContextAssembled":
      return `${event.data.items} items, ${event.data.window}`;
    default:
      return undefined;
  }
}

function describeRun(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "RunStarted": {
      const { run, agent, request } = event.data;
      return `run ${run}, agent ${agent}${describeBehalf(request?.principal)}`;
    }
    case "RunCompleted":
      return event.data.reason === undefined ? event.data.outcome : `${event.data.outcome}: ${event.data.reason}`;
    case "RunFailed":
      return `${event.data.code}: ${event.data.message}`;
    case "RunCancelled":
    case "RunResumed":
      return event.data.reason;
    case "RunSuspended":
      if (event.data.reason === "moderation") return "moderation: the prompt is held";
      return `${event.data.reason}: ${event.data.calls.join(", ")}`;
    default:
      return undefined;
  }
}

function describeModelCall(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "ModelCallStarted":
      return `asks for ${event.data.model}${event.data.attempt === 1 ? "" : `, attempt ${event.data.attempt}`}`;
    case "ModelCallCompleted": {
      const { model = "the model", output, incompleteReason } = event.data;
      const cut = incompleteReason === undefined ? "" : ` (incomplete: ${incompleteReason})`;
      return `${model} answered${cut}: ${output.map(describeItem).join(" · ")}`;
    }
    case "ModelCallFailed":
      return `${event.data.code}: ${event.data.message}`;
    default:
      return undefined;
  }
}

// What happened comes first and the call's id last, where a narrow screen cuts.
function describeTool(event: AgentEvent, calls: KnownCalls): string | undefined {
  switch (event.type) {
    case "ToolCallRequested":
    case "ToolCallStarted": {
      const { callId } = event.data;
      const attempt =
        event.type === "ToolCallRequested" || event.data.attempt === 1 ? "" : `, attempt ${event.data.attempt}`;
      return `${describeCall(calls.get(callId))}${attempt} · ${callId}`;
    }
    case "ToolCallSucceeded":
      return describeOutcome(event.data, calls, event.data.output);
    case "ToolCallFailed":
      return describeOutcome(event.data, calls, `${event.data.code}: ${event.data.message}`);
    case "ToolCallDenied":
      return describeOutcome(event.data, calls, describeDenial(event.data));
    case "ToolCallSuspended":
      return describeOutcome(event.data, calls, `waits for ${describeWait(event.data.waitsFor)}`);
    case "ToolCallOutcomeUnknown":
      return describeOutcome(event.data, calls, `OUTCOME UNKNOWN, ${event.data.reason}; policy ${event.data.policy}`);
    case "ToolCallApproved":
      return describeOutcome(event.data, calls, describeApproval(event));
    default:
      return undefined;
  }
}

function describeItem(item: Item): string {
  if (isMessage(item)) return messageText(item);
  if (isFunctionCall(item)) return `${item.name}(${item.arguments})`;
  return item.type;
}
