import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { slow, stall, startOpenAIDouble, text } from "@agentkit/openai-double";
import type { OpenAIDouble } from "@agentkit/openai-double";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, collect, errorOf } from "./answer.test.support.ts";
import { createOpenAIModel } from "./index.ts";

const run = promisify(execFile);
const long = text("word ".repeat(400));

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble();
});
afterEach(() => double.reset());
afterAll(async () => await double.close());

function openaiModel() {
  return createOpenAIModel({ apiKey: "sk-test", baseURL: double.url });
}

function toBytes(event: object) {
  return new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`);
}

describe("the signal", () => {
  it("closes the socket before the answer begins", async () => {
    double.use({ reply: stall() });
    const stop = new AbortController();
    const failure = errorOf(collect(openaiModel(), ask("Hi"), stop.signal));
    await expect.poll(() => double.requests.length).toBe(1);
    stop.abort();
    expect(await failure).toMatchObject({ code: "aborted", retryable: false });
    expect(await double.requests[0]?.outcome).toBe("aborted");
  });

  it("closes the socket in the middle of the answer", async () => {
    double.use({ reply: [long, stall({ afterEvents: 6 })] });
    const stop = new AbortController();
    const types: string[] = [];
    const reading = (async () => {
      for await (const part of openaiModel().stream(ask("Hi"), { signal: stop.signal })) {
        types.push(part.type);
        if (types.length === 2) stop.abort();
      }
    })();
    expect(await errorOf(reading)).toMatchObject({ code: "aborted" });
    expect(await double.requests[0]?.outcome).toBe("aborted");
    expect(types).not.toContain("completed");
  });

  it("closes the socket while the reader is busy with a part", async () => {
    double.use({ reply: [long, slow({ eventDelayMs: 5 })] });
    const stop = new AbortController();
    const parts = openaiModel().stream(ask("Hi"), { signal: stop.signal })[Symbol.asyncIterator]();
    await parts.next();
    stop.abort();
    expect(await double.requests[0]?.outcome).toBe("aborted");
    expect(await errorOf(Promise.resolve(parts.next()))).toMatchObject({ code: "aborted" });
  });

  it("sends nothing when it is aborted already", async () => {
    expect(await errorOf(collect(openaiModel(), ask("Hi"), AbortSignal.abort()))).toMatchObject({ code: "aborted" });
    expect(double.requests).toHaveLength(0);
  });
});

describe("a reader", () => {
  it("that leaves early closes the socket", async () => {
    double.use({ reply: [long, slow({ eventDelayMs: 5 })] });
    for await (const part of openaiModel().stream(ask("Hi"), { signal: new AbortController().signal })) {
      if (part.type === "text.delta") break;
    }
    expect(await double.requests[0]?.outcome).toBe("aborted");
  });

  it("that takes its time is not a server that is silent", async () => {
    double.use({ reply: text("one two three four five six") });
    const model = createOpenAIModel({ apiKey: "sk-test", baseURL: double.url, timeoutMs: 150 });
    let last = "";
    for await (const part of model.stream(ask("Hi"), { signal: new AbortController().signal })) {
      if (last === "") await new Promise((resolve) => setTimeout(resolve, 400));
      last = part.type;
    }
    expect(last).toBe("completed");
  });

  it("that pauses makes the server wait", async () => {
    let pulled = 0;
    const body = new ReadableStream({
      start: (controller) =>
        controller.enqueue(toBytes({ type: "response.output_item.added", output_index: 0, item: { type: "message" } })),
      pull(controller) {
        pulled += 1;
        controller.enqueue(toBytes({ type: "response.in_progress" }));
      },
    });
    const headers = { "content-type": "text/event-stream" };
    const client = new OpenAI({
      apiKey: "sk-test",
      fetch: async () => await Promise.resolve(new Response(body, { headers })),
    });
    const parts = createOpenAIModel({ client }).stream(ask("Hi"), { signal: new AbortController().signal });
    for await (const part of parts) {
      expect(part.type).toBe("item.added");
      await new Promise((resolve) => setTimeout(resolve, 50));
      break;
    }
    expect(pulled).toBeLessThan(5);
  });

  it("that is done leaves no listener on a signal that lives on", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await collect(openaiModel(), ask("Hi"), signal);
    expect(listeners).toBe(0);
  });
});

describe("a process", () => {
  const program = `
    import { createOpenAIModel } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
    const model = createOpenAIModel({ apiKey: "sk-test", baseURL: process.env.DOUBLE_URL });
    const request = { model: "m", input: [{ type: "message", role: "user", content: "Hi" }] };
    for await (const part of model.stream(request, { signal: new AbortController().signal })) {
      if (process.env.LEAVE && part.type === "text.delta") break;
    }
    console.log("done");
  `;

  it.each([
    ["read an answer", ""],
    ["left an answer", "1"],
  ])("that has %s can exit", async (_, leave) => {
    double.use({ reply: long });
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...process.env, DOUBLE_URL: double.url, LEAVE: leave },
      timeout: 15_000,
    });
    expect(stdout.trim()).toBe("done");
  });
});
