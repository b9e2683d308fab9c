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

/** Says in a few words what an event records. One that this version does not know, or that is damaged, is shown as it is. */
export function describeEvent(stored: StoredEvent): string {
  const event = parseOrNothing(stored);
  if (event === undefined) return JSON.stringify(stored.data);
  return describeSession(event) ?? describeRun(event) ?? describeModelCall(event) ?? describeTool(event) ?? rest(event);
}

function parseOrNothing(stored: StoredEvent): AgentEvent | undefined {
  try {
    return parseEvent(stored);
  } catch (error) {
    if (AgentKitError.is(error)) return undefined;
    throw error;
  }
}

function rest(event: AgentEvent): string {
  return JSON.stringify(event.data);
}

function describeSession(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "SessionStarted":
      return event.data.agent === undefined ? "empty" : `agent ${event.data.agent}`;
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
    case "RunStarted":
      return `run ${event.data.run}, agent ${event.data.agent}`;
    case "RunCompleted":
      return event.data.reason === undefined ? event.data.outcome : `${event.data.outcome}: ${event.data.reason}`;
    case "RunFailed":
      return `${event.data.code}: ${event.data.message}`;
    case "RunCancelled":
    case "RunResumed":
      return event.data.reason;
    case "RunSuspended":
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

function describeTool(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "ToolCallRequested":
      return `${event.data.tool} ${event.data.callId}`;
    case "ToolCallStarted":
      return event.data.attempt === 1 ? event.data.callId : `${event.data.callId}, attempt ${event.data.attempt}`;
    case "ToolCallSucceeded":
      return `${event.data.callId}: ${event.data.output}`;
    case "ToolCallFailed":
    case "ToolCallDenied":
      return `${event.data.callId}: ${event.data.code}: ${event.data.message}`;
    case "ToolCallOutcomeUnknown":
      return `${event.data.callId}: OUTCOME UNKNOWN, ${event.data.reason}; policy ${event.data.policy}`;
    case "ToolCallApproved":
      return `${event.data.callId} by ${event.meta.actor ?? "nobody named"}`;
    default:
      return undefined;
  }
}

function describeItem(item: Item): string {
  if (isMessage(item)) return messageText(item);
  if (isFunctionCall(item)) return `${item.name}(${item.arguments})`;
  return item.type;
}
