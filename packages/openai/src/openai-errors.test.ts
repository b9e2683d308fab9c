import {
  drop,
  error,
  errorEvent,
  failed,
  notJson,
  outOfOrder,
  rubbish,
  startOpenAIDouble,
  stall,
  text,
  truncate,
} from "@agentkit/openai-double";
import type { OpenAIDouble, Reply } from "@agentkit/openai-double";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, collect, errorOf, shown } from "./answer.test.support.ts";
import { createOpenAIModel } from "./index.ts";

const apiKey = "sk-test-0123456789abcdef";
const prompt = "The launch code of the orbital laser is four-eight-fifteen.";

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble({ apiKey, models: ["gpt-test"] });
});
afterEach(() => double.reset());
afterAll(async () => await double.close());

async function errorAfter(reply: Reply, options: { readonly timeoutMs?: number } = {}) {
  double.use({ reply });
  const input = [prompt, "Der Schlüssel\nliegt unter der Matte", "xyzzy"].map((content) => ({
    type: "message",
    role: "user",
    content,
  }));
  return await errorOf(collect(createOpenAIModel({ apiKey, baseURL: double.url, ...options }), ask(prompt, { input })));
}

describe("an HTTP error", () => {
  it.each([
    [
      { status: 400, param: "input[2]" },
      { code: "model_request_rejected", retryable: false, param: "input[2]" },
    ],
    [
      { status: 400, code: "context_length_exceeded" },
      { code: "model_context_length_exceeded", retryable: false },
    ],
    [
      { status: 400, message: "This model's maximum context length is 8192 tokens." },
      { code: "model_context_length_exceeded" },
    ],
    [{ status: 400, code: "model_not_found", param: "model" }, { code: "model_not_found" }],
    [
      { status: 401, code: "invalid_api_key" },
      { code: "model_authentication_failed", retryable: false },
    ],
    [{ status: 402 }, { code: "model_quota_exceeded" }],
    [{ status: 403 }, { code: "model_authentication_failed" }],
    [{ status: 404, message: "The model `gpt-9` does not exist." }, { code: "model_not_found" }],
    [{ status: 404, message: "model 'llama' not found, try pulling it" }, { code: "model_not_found" }],
    [{ status: 404, message: "Not found" }, { code: "model_request_rejected" }],
    [{ status: 408 }, { code: "model_timeout", retryable: true }],
    [{ status: 409 }, { code: "model_overloaded", retryable: true }],
    [{ status: 413 }, { code: "model_request_rejected", retryable: false }],
    [{ status: 422 }, { code: "model_request_rejected", retryable: false }],
    [
      { status: 429, code: "rate_limit_exceeded" },
      { code: "model_rate_limited", retryable: true },
    ],
    [
      { status: 429, type: "insufficient_quota" },
      { code: "model_quota_exceeded", retryable: false },
    ],
    [{ status: 500 }, { code: "model_overloaded", retryable: true }],
    [{ status: 503 }, { code: "model_overloaded", retryable: true }],
    [
      { status: 500, headers: { "x-should-retry": "false" } },
      { code: "model_overloaded", retryable: false },
    ],
    [
      { status: 400, headers: { "x-should-retry": "true" } },
      { code: "model_request_rejected", retryable: true },
    ],
    [{ status: 429, headers: { "retry-after-ms": "1500" } }, { retryAfterMs: 1_500 }],
    [{ status: 429, headers: { "retry-after": "20" } }, { retryAfterMs: 20_000 }],
    [{ status: 429, headers: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" } }, { retryAfterMs: undefined }],
  ])("%o becomes %o", async (answer, expected) => {
    expect(await errorAfter(error(answer))).toMatchObject(expected);
    expect(double.requests).toHaveLength(1);
  });

  it("reads a date in retry-after as the time until then", async () => {
    const later = new Date(Date.now() + 60_000).toUTCString();
    const { retryAfterMs } = await errorAfter(error({ status: 503, headers: { "retry-after": later } }));
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it("says what happened, what the server said, and what to do next", async () => {
    const { message } = await errorAfter(error({ status: 400, param: "temperature", message: "Unsupported value." }));
    expect(message).toMatch(
      /^Responses API at 127\.0\.0\.1:\d+: the request was refused as invalid \(HTTP 400, .*param 'temperature', request req_/,
    );
    expect(message).toContain('The server says: "Unsupported value."');
    expect(message).toContain("Correct it before sending it again.");
  });

  it("keeps what tells a secret for whoever redacts it, and never half of one", async () => {
    const begin = ["-----BEGIN", "PRIVATE", "KEY-----"].join(" ");
    const leaked = await errorAfter(error({ status: 500, message: `Broke at ${begin}\nMIIE` }));
    expect(leaked.message).toContain(`${begin} MIIE`);
    const long = await errorAfter(error({ status: 500, message: `${"word ".repeat(57)}${"a1".repeat(20)} end` }));
    expect(long.message).toContain('word …"');
  });

  it("gives another advice for an item that is not stored", async () => {
    const answer = error({ status: 404, message: "Item with id 'rs_1' not found." });
    expect((await errorAfter(answer)).message).not.toContain("base URL");
  });

  it("points at the base URL when the path is unknown", async () => {
    const model = createOpenAIModel({ apiKey, baseURL: double.url.replace("/v1", "/v2") });
    expect((await errorOf(collect(model, ask(prompt)))).message).toContain("Check the base URL");
  });

  it.each([
    ["the key", error({ status: 400, message: `You sent ${apiKey} in the header.` })],
    ["a part of the key", error({ status: 401, message: "Incorrect API key provided: sk-test-*******cdef." })],
    ["the prompt", error({ status: 400, message: `Bad value: {'content': '${prompt}'}` })],
    ["a part of the prompt", error({ status: 422, message: `input: '...code of the orbital laser is four...'` })],
    [
      "the prompt as source code",
      error({ status: 400, message: String.raw`{"text":"Der Schl\u00fcssel\nliegt unter der Matte"}` }),
    ],
    ["a word of the prompt", error({ status: 400, message: "Invalid value: 'xyzzy'." })],
    ["a cookie", error({ status: 500, headers: { "set-cookie": "session=orbital-laser" } })],
    ["the prompt, in a stream", errorEvent({ afterEvents: 2, code: "invalid_prompt", message: prompt })],
    ["the prompt, in a failure", failed({ code: "invalid_prompt", message: prompt })],
  ])("does not show %s", async (_, reply) => {
    const all = shown(await errorAfter(reply));
    for (const secret of [apiKey, "cdef", "orbital", "launch", "Matte", "xyzzy"]) expect(all).not.toContain(secret);
  });

  it("is told apart from a wrong key", async () => {
    const model = createOpenAIModel({ apiKey: "sk-wrong", baseURL: double.url });
    expect(await errorOf(collect(model, ask(prompt)))).toMatchObject({ code: "model_authentication_failed" });
  });

  it("tells of an unknown model", async () => {
    const model = createOpenAIModel({ apiKey, baseURL: double.url });
    expect(await errorOf(collect(model, ask(prompt, { model: "gpt-none" })))).toMatchObject({
      code: "model_not_found",
    });
  });
});

describe("a stream that breaks", () => {
  const answer = text("A long answer that is worth waiting for.");

  it.each([
    ["drops", drop({ afterEvents: 5 }), { code: "model_stream_interrupted", retryable: true }],
    ["ends early", truncate({ afterEvents: 5 }), { code: "model_stream_interrupted", retryable: true }],
    ["ends early with [DONE]", truncate({ afterEvents: 5, done: true }), { code: "model_stream_interrupted" }],
    ["ends before it begins", truncate({ afterEvents: 0 }), { code: "model_stream_interrupted" }],
    ["holds broken JSON", rubbish({ afterEvents: 5 }), { code: "model_response_invalid", retryable: false }],
    ["holds broken UTF-8", rubbish({ afterEvents: 5, what: "utf8" }), { code: "model_response_invalid" }],
    ["loses an event", outOfOrder({ afterEvents: 4, how: "lost" }), { code: "model_response_invalid" }],
    ["swaps two events", outOfOrder({ afterEvents: 4, how: "swapped" }), { code: "model_response_invalid" }],
    ["repeats an event", outOfOrder({ afterEvents: 4, how: "repeated" }), { code: "model_response_invalid" }],
    ["is a web page", notJson(), { code: "model_response_invalid" }],
    [
      "reports a full rate limit",
      errorEvent({ afterEvents: 2, code: "rate_limit_exceeded", message: "Slow" }),
      { code: "model_rate_limited", retryable: true },
    ],
    [
      "reports a long prompt",
      errorEvent({ afterEvents: 2, code: "context_length_exceeded", message: "Long" }),
      { code: "model_context_length_exceeded", retryable: false },
    ],
    ["reports a fault", failed({ message: "Oh" }), { code: "model_response_failed", retryable: true }],
    [
      "reports a refused prompt",
      failed({ code: "invalid_prompt", message: "No" }),
      { code: "model_response_failed", retryable: false },
    ],
    ["falls silent", stall({ afterEvents: 3 }), { code: "model_timeout", retryable: true }],
    ["never begins", stall(), { code: "model_timeout", retryable: true }],
  ])("is an error when it %s", async (_, fault, expected) => {
    expect(await errorAfter([answer, fault], { timeoutMs: 400 })).toMatchObject(expected);
  });

  it("leaves the model usable", async () => {
    double.use({ reply: [answer, drop({ afterEvents: 4 })], times: 1 });
    const model = createOpenAIModel({ apiKey, baseURL: double.url });
    await errorOf(collect(model, ask("One")));
    expect((await collect(model, ask("Two"))).at(-1)?.type).toBe("completed");
  });
});

describe("a server that cannot be reached", () => {
  it("is told by the system's name for it", async () => {
    const gone = await startOpenAIDouble();
    await gone.close();
    const failure = await errorOf(collect(createOpenAIModel({ apiKey, baseURL: gone.url }), ask(prompt)));
    expect(failure).toMatchObject({ code: "model_unreachable", retryable: true });
    expect(failure.message).toContain("ECONNREFUSED");
  });

  it("is asked once, whatever the client's own retries", async () => {
    double.use({ reply: error({ status: 500 }) });
    const client = new OpenAI({ apiKey, baseURL: double.url, maxRetries: 5 });
    await errorOf(collect(createOpenAIModel({ client }), ask(prompt)));
    expect(double.requests).toHaveLength(1);
  });
});

it("refuses to be made without credentials, and says what to set", () => {
  const before = process.env["OPENAI_API_KEY"];
  delete process.env["OPENAI_API_KEY"];
  try {
    expect(() => createOpenAIModel()).toThrow(/OPENAI_API_KEY/);
  } finally {
    if (before !== undefined) process.env["OPENAI_API_KEY"] = before;
  }
});
