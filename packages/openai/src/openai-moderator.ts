import type { ModerationScores, Moderator } from "@agentkit/core";
import { createExchange, type Exchange } from "./exchange.ts";
import { isJsonObject } from "./json-object.ts";
import { readModerationScores } from "./moderation-scores.ts";
import { type OpenAIConnection, type OpenAIConnectionOptions, createOpenAIConnection } from "./openai-connection.ts";
import { toProtocolError } from "./protocol-error.ts";
import { createServerCall } from "./server-call.ts";

/** Options of {@link createOpenAIModerator}. */
export interface OpenAIModeratorOptions extends OpenAIConnectionOptions {
  /** Default `omni-moderation-2024-09-26`: a dated model, so that thresholds mean tomorrow what they mean today. */
  readonly model?: string;
}

/** The dated model that is asked unless another one is named. */
export const defaultModerationModel = "omni-moderation-2024-09-26";

/** Texts per request; the API names no limit, and its limits on tokens a minute are small. */
const mostTexts = 32;

/**
 * A {@link Moderator} on OpenAI's moderations API. It scores; a policy decides on the scores.
 *
 * Errors: `config_invalid` without credentials, and the codes `model_*` and `aborted`. What to do while it cannot answer
 * is the caller's policy; it never answers with made-up scores.
 *
 * @see https://platform.openai.com/docs/guides/moderation
 * @example
 * ```ts
 * import { createOpenAIModerator } from "@agentkit/openai";
 *
 * const moderator = createOpenAIModerator({ apiKey: "sk-…" });
 * const [scores] = await moderator.moderate(["How do I bake bread?"]);
 * console.log(scores?.scores["violence"]);
 * ```
 */
export function createOpenAIModerator(options: OpenAIModeratorOptions = {}): Moderator {
  const connection = createOpenAIConnection(options);
  const model = options.model ?? defaultModerationModel;
  return {
    async moderate(texts, { signal } = {}) {
      const results: ModerationScores[] = [];
      for (let start = 0; start < texts.length; start += mostTexts) {
        const batch = texts.slice(start, start + mostTexts);
        results.push(...(await moderateBatch(connection, model, { batch, signal })));
      }
      return results;
    },
  };
}

async function moderateBatch(
  { client, server, timeoutMs }: OpenAIConnection,
  model: string,
  { batch, signal }: { readonly batch: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<readonly ModerationScores[]> {
  const exchange = createExchange(server, client.apiKey, batch);
  const call = createServerCall(exchange, timeoutMs, signal);
  try {
    const options = { signal: call.signal, maxRetries: 0, timeout: timeoutMs };
    const body = { model, input: [...batch] };
    return readScores(await call.wait(client.moderations.create(body, options), "opening"), batch.length, exchange);
  } finally {
    call.end();
  }
}

function readScores(answer: unknown, count: number, exchange: Exchange): readonly ModerationScores[] {
  const { results, model } = isJsonObject(answer) ? answer : {};
  if (!Array.isArray(results) || results.length !== count || typeof model !== "string") {
    throw toProtocolError(exchange, `it does not hold a moderation for each of ${count} texts`);
  }
  return results.map((result: unknown) => {
    const scored = readModerationScores(result);
    if (scored === undefined) throw toProtocolError(exchange, "a moderation has no scores between 0 and 1");
    return { ...scored, model };
  });
}
