/** Options of {@link Embedder.embed}. */
export interface EmbedOptions {
  readonly signal?: AbortSignal;
}

/** What an {@link Embedder} made of its texts. */
export interface Embeddings {
  /** One vector per text, in the texts' order, each of `dimensions` numbers. */
  readonly vectors: readonly Float32Array[];
  /** Input tokens used, where the provider tells. */
  readonly tokens?: number;
}

/**
 * Turns texts into vectors of one embedding space. Vectors of different spaces must never be compared, so the space is
 * part of the port. Errors are `AgentKitError`s with the codes of `Model`.
 */
export interface Embedder {
  /** Provider, model and dimensions, for instance `openai/text-embedding-3-small/1536`. */
  readonly space: string;
  readonly dimensions: number;
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>;
}
