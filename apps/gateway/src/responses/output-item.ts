import { isFunctionCall, isMessage } from "@agentkit/core";
import type { EventData, Item, JsonObject, MessageItem } from "@agentkit/core";
import { toServerCall } from "./server-call.ts";

/** What the shape of a run's output items depends on, beside the items. */
export interface OutputContext {
  /** Makes the id of an item at a place of the output. */
  toId(kind: string, index: number): string;
  /** Shows a request for an approval of a call with these arguments; nothing where it cannot be answered here. */
  toApprovalItem(request: EventData<"ApprovalRequested">, text: string): Item | undefined;
  /** The arguments of a call of an agent's own tool as they may be shown. */
  toShownArguments(tool: string, text: string): string;
  /** What the sub-runs wait for, as items, by the id of the event that ends the response. */
  readonly below: ReadonlyMap<string, readonly Item[]>;
  /** The functions that the caller runs itself. Every other call is one of the agent's own tools. */
  readonly clientTools: ReadonlySet<string>;
  /** Whether the caller gets encrypted reasoning: it asked for it, or it keeps the conversation itself. */
  readonly encryptedReasoning: boolean;
}

/**
 * An item of a model's answer as a response shows it at a place of its output.
 *
 * Ids are made from run and place, since servers exist that give the same ids to every answer. Reasoning keeps its own:
 * its encrypted content is bound to it.
 */
export function toOutputItem(item: Item, index: number, context: OutputContext): Item {
  const toId = (kind: string): string => context.toId(kind, index);
  if (isMessage(item)) return toMessage(item, toId("msg"));
  if (isFunctionCall(item)) {
    if (!context.clientTools.has(item.name)) {
      return toServerCall(item, toId("mcp"), context.toShownArguments(item.name, item.arguments));
    }
    return { ...item, id: toId("fc"), status: item["status"] ?? "completed" };
  }
  if (item.type === "reasoning") return toReasoning(item, toId("rs"), context);
  return { ...item, id: ownId(item) ?? toId("item") };
}

function toMessage(item: MessageItem, id: string): Item {
  const content = typeof item.content === "string" ? [{ type: "output_text", text: item.content }] : item.content;
  return { ...item, id, status: item["status"] ?? "completed", content: content.map(completePart) };
}

/** The members that OpenAI's parts always have. */
export function completePart(part: JsonObject): JsonObject {
  if (part["type"] !== "output_text") return part;
  return { ...part, annotations: part["annotations"] ?? [], logprobs: part["logprobs"] ?? [] };
}

function toReasoning(item: Item, id: string, { encryptedReasoning }: OutputContext): Item {
  const { encrypted_content: encrypted, ...shown } = item;
  return {
    ...shown,
    id: ownId(item) ?? id,
    summary: item["summary"] ?? [],
    ...(encryptedReasoning && encrypted !== undefined && { encrypted_content: encrypted }),
  };
}

function ownId(item: Item): string | undefined {
  const { id } = item;
  return typeof id === "string" && id !== "" ? id : undefined;
}
