import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ask, collect, responseOf } from "./answer.test.support.ts";
import { createOpenAIEmbedder, createOpenAIModel, createOpenAIModerator, toStructuredOutput } from "./index.ts";

const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = process.env;
const skip = apiKey === undefined || apiKey === "" || (baseURL ?? "") !== "";

// The same calls as against the double, to see that the double does not differ from the API where it matters.
describe.skipIf(skip)("OpenAI's own API (skipped unless OPENAI_API_KEY is set and OPENAI_BASE_URL is not)", () => {
  const model = "gpt-5-mini";

  it("answers, reasons and calls a function over two turns", { timeout: 120_000 }, async () => {
    const tool = {
      type: "function",
      name: "temperature",
      description: "The temperature in a city, in degrees Celsius.",
      parameters: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
        additionalProperties: false,
      },
      strict: true,
    } as const;
    const request = ask("How warm is it in Oslo? Use the tool.", {
      model,
      tools: [tool],
      settings: { reasoning: { effort: "low" } },
    });
    const openai = createOpenAIModel();
    const { output } = responseOf(await collect(openai, request));
    const calls = output.filter((item) => item.type === "function_call");
    expect(calls).toHaveLength(1);
    const outputs = calls.map((call) => ({
      type: "function_call_output",
      call_id: call["call_id"] ?? "",
      output: "21",
    }));
    const second = await collect(openai, { ...request, input: [...request.input, ...output, ...outputs] });
    expect(JSON.stringify(responseOf(second).output)).toContain("21");
  });

  it("fits a strict schema", { timeout: 120_000 }, async () => {
    const city = toStructuredOutput("city", z.object({ name: z.string(), country: z.string().nullable() }));
    const request = ask("The capital of Norway.", { model, settings: { text: { format: city.format } } });
    const parts = await collect(createOpenAIModel(), request);
    const text = parts.flatMap((part) => (part.type === "text.delta" ? part.delta : [])).join("");
    expect(city.parse(text).name).toBe("Oslo");
  });

  it("embeds and moderates", { timeout: 60_000 }, async () => {
    const { vectors } = await createOpenAIEmbedder({ model: "text-embedding-3-small", dimensions: 256 }).embed([
      "a",
      "b",
    ]);
    expect(vectors.map((vector) => vector.length)).toEqual([256, 256]);
    const [result] = await createOpenAIModerator().moderate(["Good morning"]);
    expect(result?.flagged).toBe(false);
  });
});
