import { type JsonObject, type JsonValue, maskArguments, type StoredEvent } from "@agentkit/core";
import type { Runtime } from "@agentkit/gateway";

/** The arguments of a tool's call as they are displayed: without what the tool declares as not to be shown. */
export type MaskCall = (tool: string, text: string) => string;

/** Makes the mask of the configured tools. Where tools of several agents have one name, what any of them hides is hidden. */
export function createCallMask({ agents, mcp }: Pick<Runtime, "agents" | "mcp">): MaskCall {
  const paths = new Map<string, readonly string[]>();
  for (const { tools } of mcp.agent === undefined ? agents : [...agents, mcp.agent]) {
    for (const { name, redact = [] } of tools) paths.set(name, [...(paths.get(name) ?? []), ...redact]);
  }
  return (tool, text) => maskArguments(text, paths.get(tool));
}

/**
 * Makes what hides in an event, as it stands in the log, the arguments of calls that are not to be shown. It is given a
 * session's events in order: most name a call by its id alone.
 */
export function createEventMask(mask: MaskCall): (stored: StoredEvent) => StoredEvent {
  const tools = new Map<string, string>();

  function maskItem(item: JsonValue): JsonValue {
    if (!isCall(item)) return item;
    tools.set(item.call_id, item.name);
    return { ...item, arguments: mask(item.name, item.arguments) };
  }

  return (stored) => {
    const { output, arguments: edited, callId } = stored.data;
    if (stored.type === "ModelCallCompleted" && isList(output)) {
      return { ...stored, data: { ...stored.data, output: output.map(maskItem) } };
    }
    if (stored.type !== "ToolCallApproved" || typeof edited !== "string" || typeof callId !== "string") return stored;
    const tool = tools.get(callId);
    // A fork has the call in its parent: what its tool hides is not known here.
    const shown = tool === undefined ? maskArguments(edited, [""]) : mask(tool, edited);
    return { ...stored, data: { ...stored.data, arguments: shown } };
  };
}

type Call = JsonObject & { readonly call_id: string; readonly name: string; readonly arguments: string };

function isCall(item: JsonValue): item is Call {
  if (!isObject(item) || item["type"] !== "function_call") return false;
  return [item["call_id"], item["name"], item["arguments"]].every((value) => typeof value === "string");
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
