import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { OpenAIDouble } from "./index.ts";
import { moderation, startOpenAIDouble, text } from "./index.ts";

let double: OpenAIDouble;
let client: OpenAI;

beforeAll(async () => {
  double = await startOpenAIDouble({ moderationWords: { "red herring": { hate: 0.9 } } });
  client = new OpenAI({ baseURL: double.url, apiKey: "any", maxRetries: 0, timeout: 5_000 });
});

afterEach(() => double.reset());

afterAll(async () => {
  await double.close();
});

describe("moderations", () => {
  it("scores the thirteen categories, and flags what its words score high", async () => {
    const { id, model, results } = await client.moderations.create({
      input: ["I will KILL the process", "Good morning"],
    });
    const [harsh, mild] = results;

    expect(id).toMatch(/^modr_/);
    expect(model).toBe("omni-moderation-2024-09-26");
    expect(Object.keys(harsh?.categories ?? {})).toHaveLength(13);
    expect(harsh).toMatchObject({
      flagged: true,
      categories: { violence: true, "violence/graphic": false, hate: false },
    });
    expect(harsh?.category_scores.violence).toBe(0.97);
    expect(harsh?.category_applied_input_types.violence).toEqual(["text"]);
    expect(mild?.flagged).toBe(false);
    expect(Object.values(mild?.category_scores ?? {}).every((score) => score < 0.01)).toBe(true);
  });

  it("scores words of the test's own", async () => {
    const { results } = await client.moderations.create({ input: "A red herring." });

    expect(results).toMatchObject([{ flagged: true, categories: { hate: true }, category_scores: { hate: 0.9 } }]);
  });

  it("judges the parts of a multi-modal input together, images only where the models do", async () => {
    const { results } = await client.moderations.create({
      model: "omni-moderation-latest",
      input: [
        { type: "text", text: "bomb" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ],
    });

    expect(results).toHaveLength(1);
    expect(results[0]?.category_applied_input_types).toMatchObject({ violence: ["text", "image"], illicit: ["text"] });
  });

  it("refuses an input that is missing, empty or of another type", async () => {
    await expect(client.moderations.create({ input: [] })).rejects.toMatchObject({ status: 400, param: "input" });
    const answer = await fetch(`${double.url}/moderations`, { method: "POST", body: '{"input": 4}' });
    expect(await answer.json()).toMatchObject({ error: { param: "input", code: "invalid_type" } });
  });
});

describe("the moderation of a response", () => {
  it("scores what was asked and what was said, each by its words, where it is asked for", async () => {
    double.use({ reply: text("That is a red herring.") });
    const request = { model: "any", input: "I will kill the process" };
    const moderated = await client.responses.create({ ...request, moderation: { model: "omni-moderation-latest" } });
    expect(moderated.moderation).toMatchObject({
      input: {
        type: "moderation_result",
        model: "omni-moderation-2024-09-26",
        categories: { violence: true, hate: false },
      },
      output: { type: "moderation_result", categories: { violence: false, hate: true } },
    });
    expect((await client.responses.create(request)).moderation).toBeNull();
  });

  it("gives the scores and the errors of a rule, in a stream too", async () => {
    double.use({ reply: moderation({ input: { scores: { sexual: 0.8 } }, output: { error: "timeout" } }) });
    const stream = await client.responses.create({
      model: "any",
      input: "Hi",
      stream: true,
      moderation: { model: "omni-moderation-latest", policy: { input: { mode: "score" } } },
    });
    const events: object[] = [];
    for await (const event of stream) events.push(event);
    expect(events[0]).toMatchObject({ type: "response.created", response: { moderation: null } });
    expect(events.at(-1)).toMatchObject({
      response: {
        moderation: { input: { category_scores: { sexual: 0.8 } }, output: { type: "error", code: "timeout" } },
      },
    });
  });

  it("refuses a mode that there is not", async () => {
    const body = { model: "any", input: "Hi", moderation: { model: "m", policy: { input: { mode: "ban" } } } };
    const answer = await fetch(`${double.url}/responses`, { method: "POST", body: JSON.stringify(body) });
    expect(await answer.json()).toMatchObject({ error: { param: "moderation.policy.input.mode" } });
  });
});
