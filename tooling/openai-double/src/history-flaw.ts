import type { ConversationStore } from "./conversation-store.ts";
import type { ContextItem } from "./input-item.ts";
import { isSealedFor } from "./sealed-reasoning.ts";

type ItemStore = Pick<ConversationStore, "findItem" | "reasoningBefore">;

/** What is wrong with a history, as OpenAI words it; the status is 400 unless given. */
export interface HistoryFlaw {
  readonly message: string;
  readonly status?: number;
  readonly code?: string;
}

/** The first reason why OpenAI would refuse these items as the context of a model call. */
export function findHistoryFlaw(
  context: { readonly previous: readonly ContextItem[]; readonly input: readonly ContextItem[] },
  store: ItemStore,
): HistoryFlaw | undefined {
  const items = [...context.previous, ...context.input];
  return (
    findUnknownReasoning(context.input, store) ??
    findDuplicate(items) ??
    findLostReasoning(items, store) ??
    findLoneReasoning(items) ??
    findLoneOutput(items) ??
    findLoneCall(items)
  );
}

/** A reasoning item is known when the server stored it, or when it brings its own sealed content. */
function findUnknownReasoning(input: readonly ContextItem[], store: ItemStore): HistoryFlaw | undefined {
  for (const item of input) {
    if (item.type !== "reasoning") {
      continue;
    }
    if (typeof item.encrypted_content !== "string" && store.findItem(item.id) === undefined) {
      const hint = "Items are not persisted when `store` is set to false. Try again with `store` set to true, or";
      return { message: `Item with id '${item.id}' not found. ${hint} remove this item from your input.`, status: 404 };
    }
    if (typeof item.encrypted_content === "string" && !isSealedFor(item.id, item.encrypted_content)) {
      const message = `The encrypted content for item ${item.id} could not be verified.`;
      return { message, code: "invalid_encrypted_content" };
    }
  }
  return undefined;
}

function findDuplicate(items: readonly ContextItem[]): HistoryFlaw | undefined {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (typeof id === "string" && seen.has(id)) {
      const hint = "Remove duplicate items from your input and try again.";
      return { message: `Duplicate item found with id ${id}. ${hint}` };
    }
    if (typeof id === "string") {
      seen.add(id);
    }
  }
  return undefined;
}

function findLostReasoning(items: readonly ContextItem[], store: ItemStore): HistoryFlaw | undefined {
  for (const [index, item] of items.entries()) {
    const required = typeof item.id === "string" ? store.reasoningBefore(item.id) : undefined;
    if (required !== undefined && items[index - 1]?.id !== required) {
      const subject = `Item '${item.id}' of type '${item.type}'`;
      return { message: `${subject} was provided without its required 'reasoning' item: '${required}'.` };
    }
  }
  return undefined;
}

function findLoneReasoning(items: readonly ContextItem[]): HistoryFlaw | undefined {
  for (const [index, item] of items.entries()) {
    const next = items[index + 1];
    const isFollowed =
      next?.type === "reasoning" ||
      next?.type === "function_call" ||
      (next?.type === "message" && next.role === "assistant");
    if (item.type === "reasoning" && !isFollowed) {
      return { message: `Item '${item.id}' of type 'reasoning' was provided without its required following item.` };
    }
  }
  return undefined;
}

function findLoneOutput(items: readonly ContextItem[]): HistoryFlaw | undefined {
  const called = new Set<string>();
  for (const item of items) {
    if (item.type === "function_call") {
      called.add(item.call_id);
    }
    if (item.type === "function_call_output" && !called.has(item.call_id)) {
      return { message: `No tool call found for function call output with call_id ${item.call_id}.` };
    }
  }
  return undefined;
}

function findLoneCall(items: readonly ContextItem[]): HistoryFlaw | undefined {
  const answered = new Set(items.flatMap((item) => (item.type === "function_call_output" ? [item.call_id] : [])));
  const lone = items.find((item) => item.type === "function_call" && !answered.has(item.call_id));
  return lone?.type === "function_call"
    ? { message: `No tool output found for function call ${lone.call_id}.` }
    : undefined;
}
