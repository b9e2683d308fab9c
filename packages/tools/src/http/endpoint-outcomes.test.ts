import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, ServerResponse } from "node:http";
import { AgentKitError } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createHttpClient } from "./http-client.ts";
import type { HttpClient } from "./http-client.ts";
import { httpTool } from "./http-tool.ts";
import type { HttpToolMethod } from "./http-tool.ts";

let listener: RequestListener = (_, response) => response.end();
let port = 0;
let client: HttpClient;
let close: () => Promise<void>;

beforeAll(async () => {
  const server = createServer((request, response) => {
    request.resume().on("end", () => listener(request, response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
  client = createHttpClient({
    schemes: ["http"],
    ports: "any",
    allowPrivate: ["127.0.0.1"],
    maxResponseBytes: 1_000,
    maxHeaderBytes: 4_000,
  });
  close = async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
});

afterAll(async () => close());

const token = "tok/en=secret-1";

async function outcome(method: HttpToolMethod, answer: RequestListener): Promise<AgentKitError> {
  listener = answer;
  const tool = httpTool({
    name: "act",
    description: "Acts.",
    method,
    url: `http://127.0.0.1:${port}/act`,
    input: z.object({}),
    headers: { authorization: { secret: "TOKEN", prefix: "Bearer " } },
    secrets: { get: async () => Promise.resolve(token) },
    timeoutMs: 2_000,
    client,
  });
  const error: unknown = await tool.execute({}, toolContext()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (AgentKitError.is(error)) return error;
  throw new Error("It did not fail with an AgentKitError.", { cause: error });
}

interface Answered {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function answering(status: number, { headers = {}, body }: Answered = {}): RequestListener {
  return (_, response) => response.writeHead(status, headers).end(body);
}

function redirecting(status: number, location: string, then = answering(404)): RequestListener {
  return (request, response) => {
    if (request.url === "/act") response.writeHead(status, { location }).end();
    else then(request, response);
  };
}

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/plain", "content-length": "100" });
  response.write("a", () => response.socket?.destroy());
}

const png = { "content-type": "image/png" };
const text = { "content-type": "text/plain" };
const unread: readonly Answered[] = [
  { body: "busy" },
  { headers: png, body: "x" },
  { headers: text, body: "x".repeat(2_000) },
];
const deadPort = "http://127.0.0.1:1/";

describe("an unsafe request", () => {
  it.each<[string, RequestListener]>([
    ["a redirect to a dead port", redirecting(302, deadPort)],
    ["a redirect to a refused address", redirecting(303, "http://10.0.0.1/")],
    ["a redirect to no URL", redirecting(302, "http://")],
    ["redirects without end", answering(302, { headers: { location: "/act" } })],
    ["a redirect to a failure", redirecting(303, "/there", answering(404))],
    ["a redirect to a lost connection", redirecting(307, "/there", (_, response) => void response.socket?.destroy())],
    ["a redirect to nowhere", answering(302)],
    ["500", answering(500, { headers: text, body: "It broke." })],
    ["502", answering(502)],
    ...[500, 502, 504].flatMap((status) =>
      unread.map((answer): [string, RequestListener] => [`${status}, unreadable`, answering(status, answer)]),
    ),
    ["no HTTP", (_, response) => void response.socket?.end("GARBAGE\r\n\r\n")],
    ["too many headers", answering(200, { headers: { "x-long": "x".repeat(5_000) } })],
    ["half an answer", (_, response) => cutOff(response)],
  ])("that is answered by %s has an unknown outcome", async (_title, answer) => {
    const error = await outcome("POST", answer);
    expect(error).toMatchObject({ code: "tool_outcome_unknown", retryable: false });
    expect(error.message).toContain("Whether the request took effect is unknown");
  });

  it.each([400, 404, 409, 422, 429, 501, 503])(
    "that is answered by %i failed, whatever the body is",
    async (status) => {
      for (const answer of [...unread, { headers: text, body: "no" }]) {
        const error = await outcome("POST", answering(status, answer));
        expect(error).toMatchObject({ code: "http_status_failed" });
        expect(error.message).toContain(`answered with status ${status}`);
      }
    },
  );

  it("that is sent elsewhere before it was carried out failed", async () => {
    expect(await outcome("POST", redirecting(307, deadPort))).toMatchObject({ code: "network_target_refused" });
    expect(await outcome("POST", redirecting(308, "http://10.0.0.1/"))).toMatchObject({
      code: "network_target_refused",
    });
  });

  it.each(unread)("that was carried out, with an answer that cannot be read, says so (%j)", async (answer) => {
    for (const method of ["POST", "PUT"] as const) {
      const error = await outcome(method, answering(201, answer));
      expect(error).toMatchObject({ code: "tool_result_invalid", retryable: false });
      expect(error.message).toMatch(/^The request was carried out, but its answer could not be read: /);
    }
  });
});

describe("the status of an answer", () => {
  it.each([429, 503])("%i counts more than a body that cannot be read", async (status) => {
    for (const { headers, body } of unread) {
      const after = { ...headers, "retry-after": "2" };
      const error = await outcome("GET", answering(status, { headers: after, ...(body !== undefined && { body }) }));
      expect(error).toMatchObject({ code: "http_status_failed", retryable: true, retryAfterMs: 2_000 });
      expect(error.message).toBe(`'127.0.0.1' answered with status ${status}`);
    }
  });

  it("says nothing of a body that cannot be read when there was nothing to carry out", async () => {
    expect(await outcome("GET", answering(200, { headers: png, body: "x" }))).toMatchObject({
      code: "network_response_invalid",
    });
  });
});

describe("a secret that the server repeats", () => {
  it.each<[string, RequestListener]>([
    ["in its content type", answering(200, { headers: { "content-type": `x/${token}` }, body: "x" })],
    ["as the host of a redirect", redirecting(302, "http://tok%2Fen=secret-1.example:99999/")],
    ["in the body of a failure", answering(400, { headers: text, body: `{"k":"tok\\/en\\u003dsecret-1"}` })],
    ["in base64", answering(400, { headers: text, body: Buffer.from(`ann:${token}`).toString("base64") })],
  ])("is hidden %s", async (_title, answer) => {
    const { message } = await outcome("GET", answer);
    expect(message).not.toMatch(/secret-1|dG9rL2VuPXNlY3JldC0x|\/en/);
  });

  it.each([
    ["a slash", '{"tok\\/en=secret-1":"tok\\/en=secret-1"}'],
    ["codes", '{"tok\\u002fen\\u003dsecret-1":"\\u0074ok/en=secret-1"}'],
  ])("is hidden in JSON that escapes %s", async (_title, body) => {
    listener = answering(200, { headers: { "content-type": "application/json" }, body });
    const tool = httpTool({
      name: "read",
      description: "Reads.",
      url: `http://127.0.0.1:${port}/read`,
      input: z.object({}),
      headers: { authorization: { secret: "TOKEN" } },
      secrets: { get: async () => Promise.resolve(token) },
      client,
    });
    expect(await tool.execute({}, toolContext())).toBe('{"status":200,"body":{"[secret]":"[secret]"}}');
  });

  it("is hidden when it is the password of a login in a header", async () => {
    listener = answering(400, { headers: text, body: "The password 'hunter-two' of ann is wrong." });
    const tool = httpTool({
      name: "read",
      description: "Reads.",
      url: `http://127.0.0.1:${port}/read`,
      input: z.object({}),
      headers: { authorization: { secret: "LOGIN", prefix: "Basic " } },
      secrets: { get: async () => Promise.resolve(Buffer.from("ann:hunter-two").toString("base64")) },
      client,
    });
    await expect(tool.execute({}, toolContext())).rejects.toThrow("The password '[secret]' of ann is wrong.");
  });
});
