import { incomplete, moderation, startOpenAIDouble, text } from "@agentkit/openai-double";
import type { ModerationScript, OpenAIDouble, Reply } from "@agentkit/openai-double";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, collect, responseOf } from "./answer.test.support.ts";
import { createOpenAIModel, type OpenAIModelOptions } from "./index.ts";

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble();
});
afterEach(() => double.reset());
afterAll(async () => await double.close());

async function answerTo(
  input: string,
  reply: Reply,
  { settings, ...options }: OpenAIModelOptions & { readonly settings?: { readonly moderation: null } } = {
    moderation: {},
  },
) {
  double.use({ reply });
  const model = createOpenAIModel({ apiKey: "sk-test", baseURL: double.url, ...options });
  return responseOf(await collect(model, ask(input, settings === undefined ? {} : { settings })));
}

describe("inline moderation", () => {
  it("is asked for with a dated model, to score and not to block, and says what it thinks of both sides", async () => {
    const { moderation: found } = await answerTo("You idiot", text("I will murder you."));
    expect(double.requests[0]?.body).toMatchObject({
      moderation: {
        model: "omni-moderation-2024-09-26",
        policy: { input: { mode: "score" }, output: { mode: "score" } },
      },
    });
    const model = "omni-moderation-2024-09-26";
    expect(found?.input).toMatchObject({ type: "scored", flagged: true, model });
    expect(found?.output).toMatchObject({ type: "scored", flagged: true, model });
    expect(found?.input).toHaveProperty("scores.harassment", 0.88);
    expect(found?.output).toHaveProperty("scores.violence", 0.95);
    expect(found?.output).not.toHaveProperty("scores.harassment", 0.88);
  });

  it("names another model where one is given", async () => {
    const { moderation: found } = await answerTo("Hi", text("Hello."), {
      moderation: { model: "omni-moderation-2030-01-01" },
    });
    expect(found?.input).toMatchObject({ type: "scored", flagged: false, model: "omni-moderation-2030-01-01" });
  });

  it("is there for an answer that stopped early", async () => {
    const found = await answerTo("Hi", [
      text("Once upon"),
      incomplete("max_output_tokens"),
      moderation({ output: { scores: { sexual: 0.7 } } }),
    ]);
    expect(found).toMatchObject({ status: "incomplete", moderation: { output: { flagged: true } } });
  });

  it("tells of the side that could not be moderated, and of why", async () => {
    const found = await answerTo(
      "Hi",
      moderation({ input: { error: "server_error" }, output: { scores: { hate: 0.4 } } }),
    );
    expect(found.moderation).toMatchObject({
      input: { type: "error", code: "server_error" },
      output: { type: "scored", flagged: false, scores: { hate: 0.4 } },
    });
  });

  const scored = { type: "moderation_result", model: "m", flagged: false, category_scores: { hate: 0 } };
  const invalid = { type: "error", code: "moderation_invalid" };
  const missing = { type: "error", code: "moderation_missing" };
  it.each<[string, unknown, object]>([
    ["nothing at all", null, { input: missing, output: missing }],
    ["a side that is missing", { input: scored }, { input: { type: "scored" }, output: missing }],
    ["a text", { input: "fine", output: scored }, { input: invalid, output: { type: "scored" } }],
    ["no scores", { input: { ...scored, category_scores: {} }, output: scored }, { input: invalid }],
    [
      "a score out of range",
      { input: { ...scored, category_scores: { hate: 2 } }, output: scored },
      { input: invalid },
    ],
    ["no verdict", { input: { ...scored, flagged: undefined }, output: scored }, { input: invalid }],
    ["no model", { input: { ...scored, model: undefined }, output: scored }, { input: invalid }],
    ["a result of another type", { input: { ...scored, type: "later" }, output: scored }, { input: invalid }],
    ["an error without a code", { input: { type: "error" }, output: scored }, { input: invalid }],
    ["an error that repeats the text", { input: { type: "error", code: "He said: hi!" } }, { input: invalid }],
  ])("takes %s for an error, never for a pass", async (_title, raw, expected) => {
    expect((await answerTo("Hi", moderation({ raw }))).moderation).toMatchObject(expected);
  });

  it("cannot be switched off by the settings of an agent", async () => {
    const { moderation: found } = await answerTo("Hi", text("Hello."), {
      moderation: {},
      settings: { moderation: null },
    });
    expect(found?.output).toMatchObject({ type: "scored" });
  });

  it("is neither asked for nor told of unless the deployment wants it", async () => {
    expect(await answerTo("You idiot", text("Hello."), {})).not.toHaveProperty("moderation");
    expect(double.requests[0]?.body).not.toHaveProperty("moderation");
  });

  it("can be asked for by the settings of one agent", async () => {
    const script: ModerationScript = { output: { scores: { illicit: 0.6 } } };
    double.use({ reply: moderation(script) });
    const model = createOpenAIModel({ apiKey: "sk-test", baseURL: double.url });
    const settings = { moderation: { model: "omni-moderation-latest" } };
    const found = responseOf(await collect(model, ask("Hi", { settings }))).moderation;
    expect(found?.output).toMatchObject({ type: "scored", flagged: true, model: "omni-moderation-2024-09-26" });
  });
});
