import type { ContextItem } from "./input-item.ts";
import type { OutputItem, ResponseObject } from "./response-object.ts";

/** A response the server remembers, and everything a following request continues from. */
export interface StoredResponse {
  readonly response: ResponseObject;
  /** The items the model saw, then the items it answered. */
  readonly context: readonly ContextItem[];
}

/** What the server remembers between requests, in memory. */
export interface ConversationStore {
  /** Remembers a response, so that `previous_response_id`, item references and retrieval find it. */
  keep(stored: StoredResponse): void;
  find(responseId: string): StoredResponse | undefined;
  /** An item of a kept response, by its own id. */
  findItem(itemId: string): ContextItem | undefined;
  /** Notes which reasoning item came before which item; known also for responses that are not kept. */
  noteOutput(output: readonly OutputItem[]): void;
  /** The reasoning item that must be sent together with this item. */
  reasoningBefore(itemId: string): string | undefined;
  clear(): void;
}

/** Creates an empty {@link ConversationStore}. */
export function createConversationStore(): ConversationStore {
  const responses = new Map<string, StoredResponse>();
  const items = new Map<string, ContextItem>();
  const reasoningByFollower = new Map<string, string>();
  return {
    keep(stored) {
      responses.set(stored.response.id, stored);
      for (const item of stored.context) {
        if (typeof item.id === "string") {
          items.set(item.id, item);
        }
      }
    },
    find: (responseId) => responses.get(responseId),
    findItem: (itemId) => items.get(itemId),
    noteOutput(output) {
      for (const [index, item] of output.entries()) {
        const before = output[index - 1];
        if (before?.type === "reasoning" && item.type !== "reasoning") {
          reasoningByFollower.set(item.id, before.id);
        }
      }
    },
    reasoningBefore: (itemId) => reasoningByFollower.get(itemId),
    clear() {
      responses.clear();
      items.clear();
      reasoningByFollower.clear();
    },
  };
}
