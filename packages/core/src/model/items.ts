import type { JsonObject, JsonValue } from "../json/json.ts";

/**
 * An item of a conversation, in the shape of the Responses API (`input` and `output` items, snake case and all), so that
 * what the log holds is what OpenAI's reference documents. Items of kinds this package does not know are carried as they are.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 */
export interface Item extends JsonObject {
  readonly type: string;
}

/** What somebody said: a user, a developer, the system, or the model. */
export interface MessageItem extends Item {
  readonly type: "message";
  readonly role: "user" | "assistant" | "system" | "developer";
  readonly content: string | readonly JsonObject[];
}

/** The model asks for a function. `arguments` is JSON text, as the model wrote it. */
export interface FunctionCallItem extends Item {
  readonly type: "function_call";
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What became of a function call. */
export interface FunctionCallOutputItem extends Item {
  readonly type: "function_call_output";
  readonly call_id: string;
  readonly output: string | readonly JsonObject[];
}

/** The model's reasoning, opaque unless it was asked for in clear. Belongs to the items that follow it. */
export interface ReasoningItem extends Item {
  readonly type: "reasoning";
  readonly encrypted_content?: string | null;
}

/** Whether the item is a message. */
export function isMessage(item: Item): item is MessageItem {
  return item.type === "message";
}

/** Whether the item is a function call. */
export function isFunctionCall(item: Item): item is FunctionCallItem {
  return item.type === "function_call";
}

/** Whether the item is the output of a function call. */
export function isFunctionCallOutput(item: Item): item is FunctionCallOutputItem {
  return item.type === "function_call_output";
}

/** The text of a message: its string content, or its text parts one after the other; empty where it has neither. */
export function messageText(item: MessageItem): string {
  return messageTexts(item).join("");
}

/** The texts of a message: its string content, or each of its text parts. */
export function messageTexts(item: MessageItem): readonly string[] {
  // An item is carried as it came: what its type promises of its content was never checked.
  const content: JsonValue | undefined = item["content"];
  if (typeof content === "string") return [content];
  return Array.isArray(content) ? content.map(textOf) : [];
}

function textOf(part: unknown): string {
  const hasText = typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
  return hasText ? String(part.text) : "";
}
