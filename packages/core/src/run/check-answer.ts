import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventOf } from "../events/catalogue.ts";
import { validateDraft } from "../events/decode-event.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { isFunctionCall, isFunctionCallOutput } from "../model/items.ts";
import type { FunctionCallItem } from "../model/items.ts";
import { itemText } from "../session/model-request.ts";

type Completion = Pick<EventOf<"ModelCallCompleted">, "type" | "data">;

/**
 * Checks that a model's answer can be recorded, and sent back in the next request: what a server gets wrong is the model
 * call's failure, not a fault that leaves the run without an end.
 *
 * @throws AgentKitError `model_response_invalid`
 */
export function checkAnswer(completion: Completion): void {
  const { output, ...rest } = completion.data;
  try {
    validateDraft(completion);
    canonicalJson(rest);
    for (const item of output) itemText(item);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "it is no JSON";
    throw new AgentKitError("model_response_invalid", `The model's answer cannot be recorded: ${reason}`, { cause });
  }
  const callIds = new Set<unknown>();
  for (const item of output) {
    if (isFunctionCallOutput(item)) throw invalid("it answers a function call itself");
    if (!isFunctionCall(item)) continue;
    checkCall(item);
    if (callIds.has(item.call_id)) throw invalid("two of its function calls have the same call_id");
    callIds.add(item.call_id);
  }
}

// The types say so; the server's bytes may not.
function checkCall(item: FunctionCallItem): void {
  const { call_id: callId, name, arguments: text }: Readonly<Record<string, unknown>> = item;
  const hasId = typeof callId === "string" && callId.length > 0 && callId.length <= 200;
  if (!hasId) throw invalid("a function call has no call_id of 1 to 200 characters");
  if (typeof name !== "string" || typeof text !== "string")
    throw invalid("a function call has no name or no arguments");
}

function invalid(reason: string): AgentKitError {
  return new AgentKitError("model_response_invalid", `The model's answer cannot be used: ${reason}.`);
}
