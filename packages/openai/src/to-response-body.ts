import type { JsonObject, ModelRequest } from "@agentkit/core";
import { AgentKitError } from "@agentkit/core";
import { isJsonArray, isJsonObject } from "./json-object.ts";
import { toInputItems } from "./to-input-items.ts";

/** Settings that would make the server hold a part of the conversation, which then were not in the log. */
const refusedSettings = ["background", "conversation", "previous_response_id", "prompt"];

/**
 * Builds the body of `POST /responses`. The settings pass by their own names; `store` is `false` unless they say
 * otherwise, tools in the settings (the server's own) come before the request's functions, and a `moderation` of theirs does not
 * take the place of the one given here, which is the deployment's.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export function toResponseBody(request: ModelRequest, moderation?: JsonObject): JsonObject {
  const settings = request.settings ?? {};
  const refused = refusedSettings.find((name) => (settings[name] ?? false) !== false);
  if (refused !== undefined) {
    throw new AgentKitError(
      "model_request_rejected",
      `The setting '${refused}' leaves a part of the conversation with the server. Remove it: the log holds the conversation.`,
      { param: refused },
    );
  }
  const { tools: hostedTools, ...rest } = settings;
  const tools = [
    ...(isJsonArray(hostedTools) ? hostedTools : []),
    ...(request.tools ?? []).map((tool) => ({ ...tool })),
  ];
  return {
    store: false,
    ...toInclude(settings),
    ...rest,
    ...(moderation && { moderation }),
    model: request.model,
    ...(request.instructions === undefined ? {} : { instructions: request.instructions }),
    input: toInputItems(request.input),
    // Several servers refuse an empty list.
    ...(tools.length === 0 ? {} : { tools }),
    stream: true,
  };
}

/**
 * Asks for the encrypted reasoning where the settings ask for reasoning. Not always, because a model that cannot reason
 * answers "Encrypted content is not supported with this model", and OpenAI gives it unasked by now.
 */
function toInclude(settings: JsonObject): JsonObject {
  const reasoning = settings["reasoning"];
  return isJsonObject(reasoning) && reasoning["effort"] !== "none" ? { include: ["reasoning.encrypted_content"] } : {};
}
