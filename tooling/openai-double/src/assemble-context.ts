import type { Checked } from "./api-error.ts";
import { passed, refused } from "./api-error.ts";
import type { ConversationStore, StoredResponse } from "./conversation-store.ts";
import { findHistoryFlaw } from "./history-flaw.ts";
import type { ContextItem, InputItem } from "./input-item.ts";
import type { ResponsesBody } from "./responses-body.ts";

type Store = Pick<ConversationStore, "find" | "findItem" | "reasoningBefore">;

/** What the model sees for one request. */
export interface RequestContext {
  /** The items of the conversation before this request, which `previous_response_id` names. */
  readonly previous: readonly ContextItem[];
  /** The items this request brings, references resolved. */
  readonly input: readonly ContextItem[];
}

/** Puts the conversation and the new input together, and refuses a history that OpenAI would refuse. */
export function assembleContext(body: ResponsesBody, store: Store): Checked<RequestContext> {
  const previous = findPrevious(body, store);
  if (!previous.ok) {
    return previous;
  }
  const input = resolveInput(body.input ?? [], store);
  if (!input.ok) {
    return input;
  }
  const context = { previous: previous.value?.context ?? [], input: input.value };
  const flaw = findHistoryFlaw(context, store);
  if (flaw === undefined) {
    return passed(context);
  }
  const { message, ...details } = flaw;
  return refused(message, { param: "input", ...details });
}

function findPrevious(body: ResponsesBody, store: Store): Checked<StoredResponse | undefined> {
  const previousId = body.previous_response_id ?? undefined;
  const conversation = body.conversation ?? undefined;
  if (conversation !== undefined) {
    return refuseConversation(conversation, previousId);
  }
  if (previousId !== undefined) {
    const stored = store.find(previousId);
    return stored === undefined
      ? refused(`Previous response with id '${previousId}' not found.`, {
          param: "previous_response_id",
          code: "previous_response_not_found",
        })
      : passed(stored);
  }
  if ((body.input ?? body.prompt ?? undefined) === undefined) {
    return refused("Missing required parameter: 'input'.", { param: "input", code: "missing_required_parameter" });
  }
  return passed(undefined);
}

/** The double keeps no conversations, so that each one is unknown to it. */
function refuseConversation(
  conversation: string | { readonly id: string },
  previousId: string | undefined,
): Checked<never> {
  if (previousId !== undefined) {
    return refused(
      "Mutually exclusive parameters: 'conversation' and 'previous_response_id'. Ensure you are only providing one of these parameters.",
      { param: "conversation", code: "mutually_exclusive_parameters" },
    );
  }
  const id = typeof conversation === "string" ? conversation : conversation.id;
  return refused(`Conversation with id '${id}' not found.`, { status: 404 });
}

function resolveInput(input: string | readonly InputItem[], store: Store): Checked<readonly ContextItem[]> {
  if (typeof input === "string") {
    return passed([{ type: "message", role: "user", content: input }]);
  }
  const resolved: ContextItem[] = [];
  for (const item of input) {
    const found = item.type === "item_reference" ? store.findItem(item.id) : item;
    if (found === undefined) {
      return refused(`Item with id '${item.id}' not found.`, { status: 404, param: "input" });
    }
    resolved.push(found);
  }
  return passed(resolved);
}
