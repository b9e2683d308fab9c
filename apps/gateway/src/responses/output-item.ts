import { isFunctionCall, isMessage } from "@agentkit/core";
import type { Item, JsonObject, MessageItem } from "@agentkit/core";
import { toServerCall } from "./server-call.ts";

/** What the shape of a run's output items depends on, beside the items. */
export interface OutputContext {
  readonly run: string;
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
  const place = `${context.run}_${index}`;
  if (isMessage(item)) return toMessage(item, `msg_${place}`);
  if (isFunctionCall(item)) {
    if (!context.clientTools.has(item.name)) return toServerCall(item, `mcp_${place}`);
    return { ...item, id: `fc_${place}`, status: item["status"] ?? "completed" };
  }
  if (item.type === "reasoning") return toReasoning(item, `rs_${place}`, context);
  return { ...item, id: ownId(item) ?? `item_${place}` };
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
