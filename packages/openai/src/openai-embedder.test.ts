import { error, startOpenAIDouble, stall } from "@agentkit/openai-double";
import type { OpenAIDouble } from "@agentkit/openai-double";
import * as fc from "fast-check";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { errorOf, shown } from "./answer.test.support.ts";
import { toEmbeddingBatches } from "./embedding-batches.ts";
import { createOpenAIEmbedder, type OpenAIEmbedderOptions } from "./index.ts";

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble();
});
afterEach(() => double.reset());
afterAll(async () => await double.close());

function embedder(options: Partial<OpenAIEmbedderOptions> = {}) {
  return createOpenAIEmbedder({ apiKey: "sk-test", baseURL: double.url, model: "text-embedding-3-small", ...options });
}

/** An embedder whose server answers this. */
function embedderThatGets(answer: unknown) {
  const client = new OpenAI({
    apiKey: "sk-test",
    fetch: async () => await Promise.resolve(Response.json(answer)),
  });
  return createOpenAIEmbedder({ client, model: "local", dimensions: 2 });
}

describe("embeddings", () => {
  it("come back in the order of their texts, as long as the space says", async () => {
    const short = embedder({ dimensions: 256 });
    expect([short.space, short.dimensions]).toEqual(["openai/text-embedding-3-small/256", 256]);
    const { vectors, tokens } = await short.embed(["one", "two", "one"]);
    expect(vectors.map((vector) => vector.length)).toEqual([256, 256, 256]);
    expect(vectors[0]).toBeInstanceOf(Float32Array);
    expect(vectors[0]).toEqual(vectors[2]);
    expect(vectors[0]).not.toEqual(vectors[1]);
    expect(tokens).toBeGreaterThan(0);
    expect(double.requests[0]?.body).toMatchObject({ dimensions: 256, encoding_format: "base64" });
  });

  it("are put in order by their index", async () => {
    const data = [
      { index: 1, embedding: [3, 4] },
      { index: 0, embedding: [1, 2] },
    ];
    const { vectors, tokens } = await embedderThatGets({ data }).embed(["a", "b"]);
    expect(vectors).toEqual([Float32Array.of(1, 2), Float32Array.of(3, 4)]);
    expect(tokens).toBeUndefined();
  });

  it("of more texts than one request takes are asked for by several", async () => {
    const texts = Array.from({ length: 2_050 }, (_, index) => `text ${index}`);
    const { vectors } = await embedder({ dimensions: 8 }).embed(texts);
    expect(vectors).toHaveLength(2_050);
    expect(double.requests).toHaveLength(2);
    const [alone] = (await embedder({ dimensions: 8 }).embed(["text 2049"])).vectors;
    expect(vectors.at(-1)).toEqual(alone);
  });

  it("of nothing are nothing, and ask nobody", async () => {
    expect(await embedder().embed([])).toEqual({ vectors: [], tokens: 0 });
    expect(double.requests).toHaveLength(0);
  });

  it("do not exist for an empty text", async () => {
    expect(await errorOf(embedder().embed(["a", ""]))).toMatchObject({ code: "input_invalid", param: "texts[1]" });
    expect(double.requests).toHaveLength(0);
  });
});

describe("an embedder", () => {
  it("knows how long the vectors of OpenAI's models are, and asks others to say", () => {
    expect(embedder().dimensions).toBe(1_536);
    expect(embedder({ model: "text-embedding-3-large" }).dimensions).toBe(3_072);
    expect(embedder({ model: "local", dimensions: 768 }).space).toBe("openai/local/768");
    expect(() => embedder({ model: "local" })).toThrow(/dimensions/);
    expect(() => embedder({ dimensions: 9_999 })).toThrow(/at most 1536/);
    expect(() => embedder({ model: "text-embedding-ada-002", dimensions: 256 })).toThrow(/exactly 1536/);
  });

  it.each([
    [
      "another length",
      { data: [{ index: 0, embedding: [1, 2, 3] }] },
      /3 numbers where 2 were expected.*dimensions: 3/,
    ],
    ["too few", { data: [] }, /of 1 texts it holds an embedding of 0/],
    ["no numbers", { data: [{ index: 0, embedding: ["x", "y"] }] }, /of 1 texts/],
    ["no index", { data: [{ embedding: [1, 2] }] }, /of 1 texts/],
    ["something else", { hello: "world" }, /of 1 texts/],
    ["nothing", null, /of 1 texts/],
  ])("refuses vectors of %s", async (_, answer, message) => {
    const failure = await errorOf(embedderThatGets(answer).embed(["a"]));
    expect(failure.code).toBe("model_response_invalid");
    expect(failure.message).toMatch(message);
  });

  it("maps errors as the model does, and does not repeat the text", async () => {
    const secret = "my grandmother's recipe for plum cake";
    double.use({ at: "embeddings", reply: error({ status: 429, message: `Too much of: ${secret}` }) });
    const failure = await errorOf(embedder().embed([secret]));
    expect(failure).toMatchObject({ code: "model_rate_limited", retryable: true });
    expect(shown(failure)).not.toContain("grandmother");
  });

  it("stops when it is told to", async () => {
    double.use({ at: "embeddings", reply: stall() });
    const stop = new AbortController();
    const failure = errorOf(embedder().embed(["a"], { signal: stop.signal }));
    await expect.poll(() => double.requests.length).toBe(1);
    stop.abort();
    expect(await failure).toMatchObject({ code: "aborted" });
    expect(await double.requests[0]?.outcome).toBe("aborted");
  });
});

it("splits any texts into requests within the limits, and loses none", () => {
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 60 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 4_000 }), (some, repeat) => {
      const all = some.map((text) => text.repeat(repeat));
      const batches = toEmbeddingBatches(all);
      expect(batches.flat()).toEqual(all);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(2_048);
        const bytes = batch.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        expect(bytes <= 300_000 || batch.length === 1).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
