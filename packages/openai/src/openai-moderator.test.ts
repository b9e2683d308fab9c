import { drop, error, notJson, rubbish, slow, startOpenAIDouble, stall, truncate } from "@agentkit/openai-double";
import type { OpenAIDouble, Reply } from "@agentkit/openai-double";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { errorOf, shown } from "./answer.test.support.ts";
import { createOpenAIModerator } from "./index.ts";

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble({ moderationWords: { axe: { violence: 0.9 } } });
});
afterEach(() => double.reset());
afterAll(async () => await double.close());

function moderator(timeoutMs = 5_000) {
  return createOpenAIModerator({ apiKey: "sk-test", baseURL: double.url, timeoutMs });
}

describe("a moderator", () => {
  it("scores each text by category, in their order, and names the model that did", async () => {
    const [calm, violent] = await moderator().moderate(["Good morning", "I will bring my axe"]);
    expect(Object.keys(calm?.scores ?? {})).toHaveLength(13);
    expect(calm?.scores["violence"]).toBeLessThan(0.5);
    expect(violent?.scores["violence"]).toBe(0.9);
    expect(violent?.flagged).toBe(true);
    expect(violent?.model).toBe("omni-moderation-2024-09-26");
    expect(double.requests[0]?.body).toMatchObject({ model: "omni-moderation-2024-09-26" });
  });

  it("asks for many texts by several requests, and for none by none", async () => {
    const texts = Array.from({ length: 40 }, (_, index) => (index === 39 ? "axe" : "hello"));
    const results = await moderator().moderate(texts);
    expect(results).toHaveLength(40);
    expect(results[39]?.flagged).toBe(true);
    expect(double.requests).toHaveLength(2);
    expect(await moderator().moderate([])).toEqual([]);
  });

  it.each([
    ["too few results", { model: "m", results: [] }],
    ["a result without scores", { model: "m", results: [{ flagged: false, category_scores: {} }] }],
    ["a score that is none", { model: "m", results: [{ flagged: false, category_scores: { hate: "low" } }] }],
    ["a score out of range", { model: "m", results: [{ flagged: false, category_scores: { hate: 7 } }] }],
    ["no verdict", { model: "m", results: [{ category_scores: { hate: 0 } }] }],
    ["no model", { results: [{ flagged: false, category_scores: { hate: 0 } }] }],
    ["something else", []],
  ])("never takes %s for an all-clear", async (_, answer) => {
    const client = new OpenAI({ apiKey: "sk-test", fetch: async () => await Promise.resolve(Response.json(answer)) });
    const failure = await errorOf(createOpenAIModerator({ client }).moderate(["Hi"]));
    expect(failure.code).toBe("model_response_invalid");
  });

  it("maps errors as the model does, and does not repeat the text", async () => {
    const secret = "what I would never say aloud";
    double.use({ at: "moderations", reply: error({ status: 400, message: `Cannot judge '${secret}'` }) });
    const failure = await errorOf(moderator().moderate([secret]));
    expect(failure).toMatchObject({ code: "model_request_rejected", retryable: false });
    expect(shown(failure)).not.toContain("aloud");
  });

  it.each<[string, Reply, object]>([
    [
      "slows down",
      error({ status: 429, headers: { "retry-after": "7" } }),
      { code: "model_rate_limited", retryable: true, retryAfterMs: 7_000 },
    ],
    ["fails", error({ status: 500 }), { code: "model_overloaded", retryable: true }],
    ["refuses the key", error({ status: 401 }), { code: "model_authentication_failed", retryable: false }],
    ["refuses the request", error({ status: 400 }), { code: "model_request_rejected", retryable: false }],
    ["answers broken JSON", rubbish({ afterEvents: 0 }), { code: "model_response_invalid", retryable: false }],
    ["answers a web page", notJson(), { code: "model_response_invalid", retryable: false }],
    [
      "ends in the middle of its answer",
      truncate({ afterEvents: 0 }),
      { code: "model_response_invalid", retryable: false },
    ],
    ["breaks the connection", drop(), { code: "model_unreachable", retryable: true }],
  ])("gives an error and no scores for a server that %s", async (_, reply, expected) => {
    double.use({ at: "moderations", reply });
    expect(await errorOf(moderator().moderate(["Hi"]))).toMatchObject(expected);
    expect(double.requests).toHaveLength(1);
  });

  it("waits for a server that is slow", async () => {
    double.use({ at: "moderations", reply: slow({ eventDelayMs: 20, chunkBytes: 64 }) });
    expect(await moderator().moderate(["my axe"])).toMatchObject([{ flagged: true }]);
  });

  it("gives up on a server that is silent", async () => {
    double.use({ at: "moderations", reply: stall() });
    expect(await errorOf(moderator(300).moderate(["Hi"]))).toMatchObject({ code: "model_timeout", retryable: true });
    expect(await double.requests[0]?.outcome).toBe("aborted");
  });
});
