import type { Embeddings, JsonValue } from "@agentkit/core";
import type { Exchange } from "./exchange.ts";
import { isJsonArray, isJsonObject } from "./json-object.ts";
import { toProtocolError } from "./protocol-error.ts";

/** Reads the answer to an embeddings request: exactly one vector for each of `count` texts, put in order by `index`. */
export function readEmbeddings(answer: unknown, count: number, exchange: Exchange): Embeddings {
  const { data, usage } = isJsonObject(answer) ? answer : {};
  const vectors = new Map<JsonValue | undefined, Float32Array>();
  for (const entry of isJsonArray(data) ? data : []) {
    const { index, embedding } = isJsonObject(entry) ? entry : {};
    if (isNumbers(embedding)) vectors.set(index, Float32Array.from(embedding));
  }
  const ordered = Array.from({ length: count }, (_, index) => vectors.get(index)).filter(
    (vector) => vector !== undefined,
  );
  if (ordered.length !== count) {
    throw toProtocolError(exchange, `of ${count} texts it holds an embedding of ${ordered.length}`);
  }
  const tokens = isJsonObject(usage) ? usage["prompt_tokens"] : undefined;
  return { vectors: ordered, ...(typeof tokens === "number" ? { tokens } : {}) };
}

function isNumbers(value: JsonValue | undefined): value is readonly number[] {
  return isJsonArray(value) && value.every((each) => Number.isFinite(each));
}
