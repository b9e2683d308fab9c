import { AgentKitError } from "@agentkit/core";
import type { GatewayContext, GatewayRequest } from "../gateway-context.ts";
import { ApiError } from "../http/api-error.ts";
import { readRun } from "./read-run.ts";
import type { FoundRun } from "./read-run.ts";
import { toResponse } from "./response-object.ts";
import { toRunFailure } from "./run-failure.ts";

/** The run to answer with. */
export interface RunAnswer {
  readonly found: FoundRun;
  /** Whether another attempt would say the prompt once more in the conversation. */
  readonly inConversation: boolean;
}

/** Answers with the newest response of a run, or throws the ApiError of one that failed. */
export async function answerRun(
  context: GatewayContext,
  request: GatewayRequest,
  { found, inConversation }: RunAnswer,
): Promise<Response> {
  const record = await readRun(context, found);
  if (record === undefined) throw new AgentKitError("internal", "The log does not have the events of a run.");
  const failure = toRunFailure(record.events, inConversation);
  if (failure !== undefined) throw new ApiError(failure);
  return request.json(toResponse(record));
}
