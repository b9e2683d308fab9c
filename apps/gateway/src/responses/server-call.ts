import type { EventOf, FunctionCallItem, Item, JsonObject } from "@agentkit/core";

/** What the calls of an agent's own tools are labelled with. */
export const serverLabel = "agentkit";

/**
 * A call of an agent's own tool as a response shows it: an `mcp_call`, which tells a client that the server ran the tool.
 * As a `function_call` it would ask the client to run it.
 */
export interface ServerCall extends JsonObject {
  readonly id: string;
  readonly type: "mcp_call";
  readonly server_label: typeof serverLabel;
  readonly name: string;
  readonly arguments: string;
  readonly approval_request_id: string | null;
  readonly error: ToolError | null;
  readonly output: string | null;
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
}

/** Why a tool has no output, in the shape of the API's `mcp_tool_execution_error`. */
export interface ToolError extends JsonObject {
  readonly type: "mcp_tool_execution_error";
  readonly content: readonly JsonObject[];
}

/** The events that settle a call, or at least may. */
export type OutcomeEvent = EventOf<
  "ToolCallSucceeded" | "ToolCallFailed" | "ToolCallDenied" | "ToolCallOutcomeUnknown"
>;

/** Begins a call from the item in which the model asked for it, with its arguments as they are displayed. */
export function toServerCall(item: FunctionCallItem, id: string, shown: string): ServerCall {
  return {
    id,
    type: "mcp_call",
    server_label: serverLabel,
    name: item.name,
    arguments: shown,
    approval_request_id: null,
    error: null,
    output: null,
    status: "in_progress",
  };
}

/** The call after an event; the same call when the event leaves it open. */
export function settleCall(call: ServerCall, event: OutcomeEvent): ServerCall {
  switch (event.type) {
    case "ToolCallSucceeded":
      return { ...call, status: "completed", output: event.data.output };
    case "ToolCallFailed":
    case "ToolCallDenied":
      return { ...call, status: "failed", error: toToolError(event.data.message) };
    case "ToolCallOutcomeUnknown":
      return event.data.policy === "fail"
        ? { ...call, status: "failed", error: toToolError("It is not known whether the tool took effect.") }
        : call;
  }
}

function toToolError(message: string): ToolError {
  return { type: "mcp_tool_execution_error", content: [{ type: "text", text: message }] };
}

/** What a client sends back of a call: enough to make the model's view of it again. */
export interface ReturnedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly output?: string | null | undefined;
  readonly error?: unknown;
}

/** The call and the output that the model saw, from the `mcp_call` that a response showed. */
export function toCallPair({ id, name, arguments: text, output, error }: ReturnedCall): readonly Item[] {
  const failure = error ?? { message: "The call has no outcome." };
  return [
    { type: "function_call", call_id: id, name, arguments: text },
    { type: "function_call_output", call_id: id, output: output ?? JSON.stringify({ error: failure }) },
  ];
}
