/** OpenAI's limits of one embeddings request. */
const mostTexts = 2_048;
const mostTokens = 300_000;

/**
 * Splits texts into requests within OpenAI's limits, keeping their order. A token is at least one byte long, so bytes
 * stand in for tokens: never too many, without a tokenizer. A longer text goes alone, for the server to judge.
 */
export function toEmbeddingBatches(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= mostTexts || bytes + size > mostTokens) {
      batches.push([text]);
      bytes = size;
    } else {
      batch.push(text);
      bytes += size;
    }
  }
  return batches;
}
