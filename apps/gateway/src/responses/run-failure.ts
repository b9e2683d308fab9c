import type { RecordedEvent } from "@agentkit/core";
import type { ApiFailure } from "../http/api-error.ts";
import { toFailure } from "../http/failure-table.ts";
import { toStanding } from "./run-standing.ts";

/**
 * The HTTP error for a run that failed, `undefined` for any other. The SDK is told not to try again where that would do
 * something twice: run a tool, or say the prompt once more in the conversation.
 */
export function toRunFailure(events: readonly RecordedEvent[], inConversation: boolean): ApiFailure | undefined {
  const standing = toStanding(events, false);
  if (standing.status !== "failed") return undefined;
  const last = events.findLast((event) => event.type === "ModelCallFailed")?.data;
  const reported = last?.code === standing.code ? last : undefined;
  const shouldRetry = repeats(events, inConversation) || reported?.retryable === false ? false : undefined;
  const { code, message } = standing;
  return toFailure({ code, message, param: params[code], retryAfterMs: reported?.retryAfterMs, shouldRetry });
}

/** Whether to ask once more would do something twice: run a tool, or say the prompt again in the conversation. */
export function repeats(events: readonly RecordedEvent[], inConversation: boolean): boolean {
  return events.some(({ type }) => type === "ToolCallStarted" || (inConversation && type === "PromptReceived"));
}

/** The fields that refusals of the model's server are about. */
const params: Readonly<Record<string, string>> = {
  model_context_length_exceeded: "input",
  model_not_found: "model",
};
