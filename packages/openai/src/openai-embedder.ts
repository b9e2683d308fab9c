import type { Embedder, Embeddings } from "@agentkit/core";
import { AgentKitError } from "@agentkit/core";
import { toEmbeddingBatches } from "./embedding-batches.ts";
import { type Exchange, createExchange } from "./exchange.ts";
import { type OpenAIConnection, type OpenAIConnectionOptions, createOpenAIConnection } from "./openai-connection.ts";
import { readEmbeddings } from "./read-embeddings.ts";
import { createServerCall } from "./server-call.ts";

/** Options of {@link createOpenAIEmbedder}. */
export interface OpenAIEmbedderOptions extends OpenAIConnectionOptions {
  readonly model: string;
  /**
   * How long the vectors are. Default: what OpenAI's model gives; required for any other. Fewer than that are asked for
   * by name from the `text-embedding-3` models, which can shorten; for other models it says what is expected.
   */
  readonly dimensions?: number;
}

/** What OpenAI's models give, and whether they can give less. */
const knownModels: Readonly<Record<string, { readonly dimensions: number; readonly shortens: boolean }>> = {
  "text-embedding-3-small": { dimensions: 1_536, shortens: true },
  "text-embedding-3-large": { dimensions: 3_072, shortens: true },
  "text-embedding-ada-002": { dimensions: 1_536, shortens: false },
};

/** The space an embedder writes to, and what to send for it. */
interface EmbeddingSpace {
  readonly model: string;
  readonly dimensions: number;
  readonly parameters: { readonly dimensions?: number };
}

/**
 * An {@link Embedder} on the embeddings API of OpenAI, or of any server that speaks it. Texts are sent in as many requests
 * as OpenAI's limits ask for, one after the other, and come back in their order.
 *
 * Errors: `config_invalid` without credentials or with dimensions that cannot be, `input_invalid` for an empty text (the
 * API has no vector for it), and the codes `model_*` and `aborted`.
 *
 * @example
 * ```ts
 * import { createOpenAIEmbedder } from "@agentkit/openai";
 *
 * const embedder = createOpenAIEmbedder({ apiKey: "sk-…", model: "text-embedding-3-small" });
 * console.log(embedder.space); // openai/text-embedding-3-small/1536
 * ```
 */
export function createOpenAIEmbedder(options: OpenAIEmbedderOptions): Embedder {
  const connection = createOpenAIConnection(options);
  const space = chooseSpace(options);
  return {
    space: `openai/${space.model}/${space.dimensions}`,
    dimensions: space.dimensions,
    async embed(texts, { signal } = {}) {
      requireTexts(texts);
      const batches: Embeddings[] = [];
      for (const batch of toEmbeddingBatches(texts))
        batches.push(await embedBatch(connection, space, { batch, signal }));
      return joinBatches(batches);
    },
  };
}

function chooseSpace({ model, dimensions }: OpenAIEmbedderOptions): EmbeddingSpace {
  const known = knownModels[model];
  const chosen = dimensions ?? known?.dimensions;
  if (chosen === undefined || !Number.isInteger(chosen) || chosen < 1) {
    throw new AgentKitError("config_invalid", `Say by 'dimensions' how many numbers a vector of '${model}' has.`, {
      param: "dimensions",
    });
  }
  if (known !== undefined && (known.shortens ? chosen > known.dimensions : chosen !== known.dimensions)) {
    const limit = known.shortens ? "at most" : "exactly";
    throw new AgentKitError("config_invalid", `Vectors of '${model}' have ${limit} ${known.dimensions} numbers.`, {
      param: "dimensions",
    });
  }
  return {
    model,
    dimensions: chosen,
    parameters: known !== undefined && chosen < known.dimensions ? { dimensions: chosen } : {},
  };
}

function requireTexts(texts: readonly string[]): void {
  const empty = texts.indexOf("");
  if (empty === -1) return;
  throw new AgentKitError("input_invalid", `Text ${empty} is empty and has no embedding. Leave it out.`, {
    param: `texts[${empty}]`,
  });
}

async function embedBatch(
  { client, server, timeoutMs }: OpenAIConnection,
  { model, dimensions, parameters }: EmbeddingSpace,
  { batch, signal }: { readonly batch: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<Embeddings> {
  const exchange = createExchange(server, client.apiKey, batch);
  const call = createServerCall(exchange, timeoutMs, signal);
  try {
    // Without an encoding the SDK asks for base64 and decodes it, which is a quarter of the bytes.
    const body = { model, input: [...batch], ...parameters };
    const options = { signal: call.signal, maxRetries: 0, timeout: timeoutMs };
    const answer: unknown = await call.wait(client.embeddings.create(body, options), "opening");
    const embeddings = readEmbeddings(answer, batch.length, exchange);
    const odd = embeddings.vectors.find((vector) => vector.length !== dimensions);
    if (odd !== undefined) throw toDimensionsError(odd.length, dimensions, { model, exchange });
    return embeddings;
  } finally {
    call.end();
  }
}

function toDimensionsError(
  got: number,
  expected: number,
  { model, exchange }: { readonly model: string; readonly exchange: Exchange },
): AgentKitError {
  return new AgentKitError(
    "model_response_invalid",
    `${exchange.server}: '${model}' gave vectors of ${got} numbers where ${expected} were expected. Make the embedder with dimensions: ${got}, and embed again what was embedded with another length.`,
  );
}

function joinBatches(batches: readonly Embeddings[]): Embeddings {
  const counts = batches.flatMap((batch) => batch.tokens ?? []);
  const vectors = batches.flatMap((batch) => batch.vectors);
  if (counts.length < batches.length) return { vectors };
  return { vectors, tokens: counts.reduce((sum, count) => sum + count, 0) };
}
