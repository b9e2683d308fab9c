import OpenAI, { APIConnectionError, APIConnectionTimeoutError, RateLimitError } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenAIDouble, Reply } from "./index.ts";
import {
  drop,
  error,
  errorEvent,
  notJson,
  outOfOrder,
  rubbish,
  slow,
  stall,
  startOpenAIDouble,
  text,
  truncate,
} from "./index.ts";

const model = "gpt-test";
const answer = "Snow in Tromsø, then sun 🌞.";

let double: OpenAIDouble;
let client: OpenAI;

beforeEach(async () => {
  double = await startOpenAIDouble();
  client = new OpenAI({ baseURL: double.url, apiKey: "any", maxRetries: 0, timeout: 5_000, logLevel: "off" });
});

afterEach(async () => {
  await double.close();
});

/** Streams one response; what arrived is kept even when the stream breaks. */
async function stream(reply: Reply, signal?: AbortSignal) {
  double.use({ reply: [text(answer), reply] });
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  let failure: unknown;
  try {
    for await (const event of await client.responses.create({ model, input: "x", stream: true }, { signal })) {
      events.push(event);
    }
  } catch (thrown) {
    failure = thrown;
  }
  return { events, failure, last: events.at(-1)?.type };
}

describe("errors", () => {
  it("answers with the scripted status, body and headers", async () => {
    double.use({
      reply: error({
        status: 429,
        type: "requests",
        code: "rate_limit_exceeded",
        message: "Slow down.",
        headers: { "retry-after": "7" },
      }),
    });

    const failure: unknown = await client.responses.create({ model, input: "x" }).catch((thrown: unknown) => thrown);

    if (!(failure instanceof RateLimitError)) {
      throw new Error("The SDK did not throw the error of status 429.", { cause: failure });
    }
    expect(failure).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "requests", param: null });
    expect(failure).toHaveProperty("message", "429 Slow down.");
    expect(failure.headers?.get("retry-after")).toBe("7");
  });

  it("answers so often, then steps aside, so that a client's retry succeeds", async () => {
    double.use({ times: 2, reply: error({ status: 500, headers: { "retry-after-ms": "1" } }) });

    const response = await client.responses.create({ model, input: "x" }, { maxRetries: 2 });

    expect(response.output_text).toBe("Echo: x");
    expect(double.requests).toHaveLength(3);
  });

  it("sends an error event in the middle of a stream", async () => {
    const { failure, events } = await stream(errorEvent({ afterEvents: 5, code: "server_error", message: "Oops." }));

    expect(events).toHaveLength(5);
    expect(failure).toMatchObject({ code: "server_error" });
  });

  it("answers HTML where JSON is due", async () => {
    double.use({ reply: notJson() });

    const page = await client.responses.create({ model, input: "x" }).asResponse();

    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await page.text()).toContain("<!doctype html>");
  });

  it("says at once that a rule threw, without retries", async () => {
    double.use({
      reply: () => {
        throw new Error("no such fixture");
      },
    });

    await expect(client.responses.create({ model, input: "x" }, { maxRetries: 2 })).rejects.toThrow(
      "A rule of the double threw: no such fixture",
    );
    expect(double.requests).toHaveLength(1);
  });

  it("scripts errors at the other endpoints too", async () => {
    double.use({ at: "embeddings", reply: error({ status: 503 }) });
    double.use({ at: "moderations", when: "x", reply: error({ status: 500 }) });

    await expect(client.embeddings.create({ model, input: "x" })).rejects.toMatchObject({ status: 503 });
    await expect(client.moderations.create({ input: "x" })).rejects.toMatchObject({ status: 500 });
    expect((await client.responses.create({ model, input: "x" })).output_text).toBe("Echo: x");
  });
});

describe("a stream that breaks", () => {
  it("stalls after so many events until the client leaves, and records that it left", async () => {
    const leave = new AbortController();
    double.use({ reply: [text(answer), stall({ afterEvents: 5 })] });

    const events: string[] = [];
    const running = await client.responses.create({ model, input: "x", stream: true }, { signal: leave.signal });
    for await (const event of running) {
      events.push(event.type);
      if (events.length === 5) {
        leave.abort();
      }
    }

    expect(events).toHaveLength(5);
    expect(await double.requests[0]?.outcome).toBe("aborted");
    expect(double.requests[0]?.aborted).toBe(true);
  });

  it("never answers a plain request that stalls", async () => {
    double.use({ reply: stall() });

    await expect(client.responses.create({ model, input: "x" }, { timeout: 100 })).rejects.toBeInstanceOf(
      APIConnectionTimeoutError,
    );
    expect(await double.requests[0]?.outcome).toBe("aborted");
  });

  it("drops the connection after so many events", async () => {
    const { events, failure } = await stream(drop({ afterEvents: 6 }));

    expect(events).toHaveLength(6);
    expect(failure).toBeInstanceOf(Error);
    expect(await double.requests[0]?.outcome).toBe("dropped");
    expect(double.requests[0]?.aborted).toBe(false);
  });

  it("drops the connection in the middle of a plain body", async () => {
    double.use({ reply: drop() });

    await expect(client.responses.create({ model, input: "x" })).rejects.toBeInstanceOf(Error);
  });

  it.each([{ done: false }, { done: true }])(
    "ends cleanly without a terminal event, [DONE] sent: $done",
    async (how) => {
      const { failure, last } = await stream(truncate({ afterEvents: 7, ...how }));

      expect(failure).toBeUndefined();
      expect(last).toBe("response.output_text.delta");
      expect(await double.requests[0]?.outcome).toBe("answered");
    },
  );

  it("sends half of a plain body as if it were whole", async () => {
    double.use({ reply: truncate({ afterEvents: 0 }) });

    await expect(client.responses.create({ model, input: "x" })).rejects.toThrow(SyntaxError);
  });

  it("sends broken JSON in a data line", async () => {
    const { events, failure } = await stream(rubbish({ afterEvents: 4 }));

    expect(events).toHaveLength(4);
    expect(failure).toBeInstanceOf(SyntaxError);
  });

  it("sends bytes that are not UTF-8 in a delta", async () => {
    const { events } = await stream(rubbish({ afterEvents: 4, what: "utf8" }));
    const deltas = events.filter((event) => event.type === "response.output_text.delta");

    expect(deltas[0]?.delta).toMatch(/^��/);
    expect(events.at(-1)?.type).toBe("response.completed");
  });

  it.each([
    { how: "swapped" as const, numbers: [4, 6, 5, 7] },
    { how: "repeated" as const, numbers: [4, 5, 5, 6] },
    { how: "lost" as const, numbers: [4, 6, 7, 8] },
  ])("sends an event $how", async ({ how, numbers }) => {
    const { events } = await stream(outOfOrder({ afterEvents: 5, how }));

    expect(events.map((event) => event.sequence_number).slice(4, 8)).toEqual(numbers);
  });
});

describe("a slow answer", () => {
  it("parts frames and characters over many writes, and arrives whole", async () => {
    const { events, failure } = await stream(slow({ chunkBytes: 3 }));

    expect(failure).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ response: { output: [{ content: [{ text: answer }] }] } });
  });

  it("waits before each event", async () => {
    const started = performance.now();
    const { events } = await stream(slow({ eventDelayMs: 5 }));

    expect(performance.now() - started).toBeGreaterThan(events.length * 4);
  });

  it("waits before every answer for the latency of the double", async () => {
    await using late = await startOpenAIDouble({ latencyMs: 60 });
    const started = performance.now();

    await client.withOptions({ baseURL: late.url }).models.list();

    expect(performance.now() - started).toBeGreaterThan(50);
  });
});

describe("closing", () => {
  it("ends answers under way and frees the port", async () => {
    double.use({ reply: stall({ afterEvents: 2 }) });
    const running = await client.responses.create({ model, input: "x", stream: true });
    const ended = (async () => {
      for await (const event of running) {
        void event;
      }
    })();
    ended.catch(() => undefined);

    await double.close();

    await expect(ended).rejects.toBeInstanceOf(Error);
    expect(await double.requests[0]?.outcome).toBe("dropped");
    await expect(client.models.list()).rejects.toBeInstanceOf(APIConnectionError);
  });
});
