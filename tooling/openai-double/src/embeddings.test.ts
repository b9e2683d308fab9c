import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenAIDouble } from "./index.ts";
import { startOpenAIDouble } from "./index.ts";

const model = "text-embedding-3-small";

let double: OpenAIDouble;
let client: OpenAI;

beforeAll(async () => {
  double = await startOpenAIDouble();
  client = new OpenAI({ baseURL: double.url, apiKey: "any", maxRetries: 0, timeout: 5_000 });
});

afterAll(async () => {
  await double.close();
});

async function embed(...input: string[]): Promise<number[][]> {
  const { data } = await client.embeddings.create({ model, input });
  return data.map((each) => each.embedding);
}

function cosine(left: readonly number[] = [], right: readonly number[] = []): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

describe("embeddings", () => {
  it("are the same as base64, which the SDK asks for by itself, and as floats", async () => {
    const decoded = await client.embeddings.create({ model, input: "snow" });
    const floats = await client.embeddings.create({ model, input: "snow", encoding_format: "float" });
    const base64 = await client.embeddings.create({ model, input: "snow", encoding_format: "base64" });

    expect(double.requests[0]?.body).toMatchObject({ encoding_format: "base64" });
    expect(decoded.data).toEqual(floats.data);
    expect(base64.data[0]?.embedding).toBeTypeOf("string");
    expect(decoded.usage).toEqual({ prompt_tokens: 1, total_tokens: 1 });
  });

  it("are unit vectors of the model's dimensions, or of those asked for", async () => {
    const [whole] = await embed("snow in the north");
    const short = await client.embeddings.create({ model, input: "snow", dimensions: 64 });
    const large = await client.embeddings.create({ model: "text-embedding-3-large", input: "snow" });

    expect(whole).toHaveLength(1536);
    expect(cosine(whole, whole)).toBeCloseTo(1, 5);
    expect(short.data[0]?.embedding).toHaveLength(64);
    expect(large.data[0]?.embedding).toHaveLength(3072);
  });

  it("are nearer for texts that share words", async () => {
    const [question, near, far] = await embed("when is my flight to Oslo", "the flight to Oslo is at nine", "buy milk");

    expect(cosine(question, near)).toBeGreaterThan(cosine(question, far) + 0.2);
  });

  it("take tokens and several texts, in order", async () => {
    const tokens = await client.embeddings.create({ model, input: [1, 2, 3] });
    const several = await client.embeddings.create({ model, input: ["a", "b"] });

    expect(tokens.data).toHaveLength(1);
    expect(several.data.map((each) => each.index)).toEqual([0, 1]);
  });

  it.each([
    [{ model, input: "" }, "input"],
    [{ model, input: [] }, "input"],
    [{ model, input: "x", dimensions: 5000 }, "dimensions"],
    [{ model: "text-embedding-ada-002", input: "x", dimensions: 8 }, "dimensions"],
  ])("are refused: %j", async (body, param) => {
    await expect(client.embeddings.create(body)).rejects.toMatchObject({ status: 400, param });
  });
});
