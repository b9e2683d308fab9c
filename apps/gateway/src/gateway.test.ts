import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInMemoryEventLog } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { describe, expect, it } from "vitest";
import { readUntil, startTestGateway } from "./gateway.test.support.ts";
import { createModelAccess } from "./models/model-access.ts";
import { toRequestLine } from "./request-log.ts";
import type { RequestEntry } from "./request-log.ts";
import { parseResponseId } from "./responses/response-id.ts";
import { serveGateway } from "./serve-gateway.ts";

describe("createGateway", () => {
  it("keeps nothing to itself: two gateways on one log serve each other's sessions, and so does one that comes later", async () => {
    const directory = await mkdtemp(join(tmpdir(), "agentkit-gateway-"));
    const open = () =>
      startTestGateway({
        model: scriptedModel((request) => ({ text: `answer ${request.input.length}` })),
        log: createSqliteEventLog({ path: join(directory, "log.sqlite") }),
      });
    try {
      const ids: string[] = [];
      {
        await using left = await open();
        await using right = await open();
        const first = await left.client.responses.create({ model: "plain", input: "1" });
        expect(await right.client.responses.retrieve(first.id)).toEqual(first);
        const session = parseResponseId(first.id)?.session ?? "";
        const live = await fetch(`${left.url}/agentkit/v1/sessions/${session}/events?after=6`, {
          headers: { accept: "text/event-stream" },
        });
        const [told, second] = await Promise.all([
          readUntil(live, "event: RunCompleted"),
          right.client.responses.create({ model: "plain", input: "2", previous_response_id: first.id }),
        ]);
        expect(told).toMatch(/^id: 7\nevent: RunStarted\n/);
        expect(parseResponseId(second.id)?.session).toBe(session);
        ids.push(first.id, second.id);
      }
      await using later = await open();
      const third = await later.client.responses.create({
        model: "plain",
        input: "3",
        previous_response_id: ids[1] ?? null,
      });
      expect(third.output_text).toBe("answer 5");
      expect((await later.client.responses.retrieve(ids[0] ?? "")).output_text).toBe("answer 1");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("tells of each request without its body and its query", async () => {
    const entries: RequestEntry[] = [];
    const onRequest = (entry: RequestEntry): void => void entries.push(entry);
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]), onRequest });
    const { id } = await test.client.responses.create({ model: "plain", input: "my secret" });
    await fetch(`${test.url}/agentkit/v1/sessions?after=secret`);
    await fetch(`${test.url}/a%0AGET%20/b`);
    const session = parseResponseId(id)?.session;
    expect(entries.map(toRequestLine)).toEqual([
      expect.stringMatching(new RegExp(`^POST /v1/responses 200 [\\d.]+ms req_\\w+ session=${session}$`)),
      expect.stringMatching(/^GET \/agentkit\/v1\/sessions 400 [\d.]+ms req_\w+$/),
      expect.stringMatching(/^GET \/a%0AGET%20\/b 404 [\d.]+ms req_\w+$/),
    ]);
  });

  it("answers unknown routes with 404 and other methods with 405, in OpenAI's shape", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const unknown = await fetch(`${test.url}/v1/nothing`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    const method = await fetch(`${test.url}/v1/responses`, { method: "PUT" });
    expect(method.status).toBe(405);
    expect(method.headers.get("allow")).toBe("POST");
    expect(method.headers.get("x-request-id")).toMatch(/^req_/);
    expect(method.headers.get("x-content-type-options")).toBe("nosniff");
    expect(method.headers.get("access-control-allow-origin")).toBeNull();
  });

  const unserved = [
    ["POST", "embeddings", 404],
    ["POST", "moderations", 404],
    ["GET", "files", 404],
    ["POST", "responses/resp_x/cancel", 404],
    ["DELETE", "responses/resp_x", 405],
    ["POST", "responses/compact", 404],
    ["POST", "responses/input_tokens", 404],
    ["GET", "conversations/conv_x/items", 404],
    ["DELETE", "conversations/conv_x", 405],
    ["DELETE", "models/plain", 405],
  ] as const;

  it.each(unserved)("says of %s /v1/%s that it is not served", async (method, path, status) => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const json = { headers: { "content-type": "application/json" }, body: "{}" };
    const answer = await fetch(`${test.url}/v1/${path}`, { method, ...(method === "POST" && json) });
    const body: unknown = await answer.json();
    const message: unknown = expect.stringContaining(`This gateway does not serve ${method} /v1/${path}`);
    const code = status === 404 ? "endpoint_not_served" : "method_not_supported";
    expect([answer.status, body]).toEqual([
      status,
      { error: { message, type: "invalid_request_error", param: null, code } },
    ]);
  });

  it("says on every answer that it is a demo, when it is one", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]), demo: true });
    for (const path of ["/healthz", "/v1/nothing"]) {
      expect((await fetch(`${test.url}${path}`)).headers.get("x-agentkit-demo")).toBe("true");
    }
  });

  it("answers a request without a socket", async () => {
    await using test = await startTestGateway({
      model: scriptedModel([{ text: "Hi." }]),
      log: createInMemoryEventLog(),
    });
    const answer = await test.gateway.request("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "plain", input: "Hi", stream: true }),
    });
    expect(await answer.text()).toMatch(/event: response.completed\n.*\n\ndata: \[DONE\]\n\n$/);
  });
});

describe("serveGateway", () => {
  it("fails to listen on an address that is taken", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(serveGateway(test.gateway, { port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    taken.close();
  });
});

/** A model whose server lists these, and how often it was asked to. */
function listed(ids: readonly string[] | Error) {
  let asked = 0;
  const model = {
    ...scriptedModel([]),
    list: async () => {
      asked += 1;
      if (ids instanceof Error) throw ids;
      return ids.map((id) => ({ id }));
    },
  };
  return { model, asked: () => asked };
}

describe("createModelAccess", () => {
  it("lets the given names through and no others", async () => {
    const access = createModelAccess({ model: listed(["c"]).model, names: ["a"] });
    expect([await access.allows("a"), await access.allows("c"), await access.list()]).toEqual([
      true,
      false,
      [{ id: "a" }],
    ]);
  });

  it("lets through what the model's server lists, and asks it once", async () => {
    const { model, asked } = listed(["c", "not an agent's name"]);
    const access = createModelAccess({ model });
    expect([await access.allows("c"), await access.allows("d"), await access.allows("not an agent's name")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(asked()).toBe(1);
  });

  it("lets every name through when the model's server cannot list any", async () => {
    const { model, asked } = listed(new Error("No such route."));
    const access = createModelAccess({ model });
    expect([await access.allows("c"), await access.list(), asked()]).toEqual([true, [], 1]);
    expect(await createModelAccess({ model: scriptedModel([]) }).allows("c")).toBe(true);
  });
});
