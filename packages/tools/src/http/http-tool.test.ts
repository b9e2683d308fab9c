import { once } from "node:events";
import { serve } from "@hono/node-server";
import { AgentKitError, parseJson } from "@agentkit/core";
import type { JsonValue, Tool } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { assert, asyncProperty, pre, string } from "fast-check";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createHttpClient } from "./http-client.ts";
import type { HttpClient } from "./http-client.ts";
import { httpTool } from "./http-tool.ts";
import type { HttpToolDefinition } from "./http-tool.ts";
import { atPointer } from "../json/json-pointer.ts";

const secrets = { get: async (name: string) => Promise.resolve(values[name]) };
const values: Record<string, string | undefined> = { TOKEN: 'tok"en-1234', BROKEN: "a\r\nb" };

let origin = "";
let client: HttpClient;
let close: () => Promise<void>;

beforeAll(async () => {
  const server = serve({ fetch: api().fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  client = createHttpClient({ schemes: ["http"], ports: "any", allowPrivate: ["127.0.0.1"] });
  close = async () => {
    await client.close();
    server.close();
    await once(server, "close");
  };
});

afterAll(async () => close());

function api(): Hono {
  const app = new Hono();
  app.get("/status/:status", (c) => {
    const after = c.req.query("after");
    const text = `it said ${c.req.header("authorization") ?? "nothing"}`.padEnd(3_000, ".");
    return new Response(text, {
      status: Number(c.req.param("status")),
      headers: { "content-type": "text/plain", ...(after !== undefined && { "retry-after": after }) },
    });
  });
  app.post("/gateway-timeout", (c) => c.text("", 504));
  app.post("/hang", async () => new Promise<Response>(() => undefined));
  app.get("/image", (c) => c.body("png", 200, { "content-type": "image/png" }));
  app.get("/empty", (c) => c.body(null, 204));
  app.get("/broken", (c) => c.body("{", 200, { "content-type": "application/json" }));
  app.get("/latin", (c) => c.body(new Uint8Array([0xe9]), 200, { "content-type": "text/plain; charset=latin1" }));
  app.all("*", async (c) => {
    const { pathname, search } = new URL(c.req.url);
    return c.json({ method: c.req.method, pathname, search, headers: c.req.header(), body: await c.req.text() });
  });
  return app;
}

type Change = Partial<HttpToolDefinition<z.ZodObject>> & { readonly path?: string };

function tool({ path = "/users/{id}", ...change }: Change = {}): Tool {
  return httpTool({
    name: "users",
    description: "Finds a user.",
    input: z.object({ id: z.string() }),
    url: `${origin}${path}`,
    client,
    ...change,
  });
}

/** What the server saw, or what the tool gave. */
async function call(made: Tool, input: JsonValue): Promise<JsonValue> {
  const parsed = made.parse(input);
  if (!parsed.ok) throw new Error(parsed.message);
  const output = await made.execute(parsed.value, toolContext());
  return typeof output === "string" ? parseJson(output) : output.type;
}

async function failure(made: Tool, input: JsonValue): Promise<AgentKitError> {
  const error: unknown = await call(made, input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (AgentKitError.is(error)) return error;
  throw new Error("It did not fail with an AgentKitError.", { cause: error });
}

describe("httpTool", () => {
  it("puts fields into path, query and body as they are declared", async () => {
    const input = z.object({
      id: z.number(),
      view: z.string(),
      tags: z.array(z.string()),
      note: z.string().optional(),
      amount: z.object({ value: z.number() }),
    });
    const made = tool({ method: "POST", path: "/users/{id}?view={view}&fixed=1", input, query: ["tags", "note"] });
    const seen = await call(made, { id: 7, view: "a b&c=d", tags: ["x", "y z"], amount: { value: 1.5 } });
    expect(seen).toMatchObject({
      status: 200,
      body: {
        method: "POST",
        pathname: "/users/7",
        search: "?view=a%20b%26c%3Dd&fixed=1&tags=x&tags=y%20z",
        body: '{"amount":{"value":1.5}}',
        headers: { "content-type": "application/json" },
      },
    });
  });

  it("puts what is left into the query of GET and DELETE, and makes bodies of another shape by a function", async () => {
    const input = z.object({ id: z.string(), page: z.number() });
    expect(await call(tool({ input }), { id: "a", page: 2 })).toMatchObject({ body: { search: "?page=2", body: "" } });
    const seen = await call(tool({ input, method: "PATCH", body: ({ page }) => ({ data: [String(page)] }) }), {
      id: "a",
      page: 2,
    });
    expect(seen).toMatchObject({ body: { method: "PATCH", search: "", body: '{"data":["2"]}' } });
  });

  it.each([
    ["a/b", "/users/a%2Fb"],
    ["a?b=c#d", "/users/a%3Fb%3Dc%23d"],
    ["%2e%2e", "/users/%252e%252e"],
    ["@evil.example", "/users/%40evil.example"],
    ["a\\b", "/users/a%5Cb"],
    ["é 漢", "/users/%C3%A9%20%E6%BC%A2"],
    ["...", "/users/..."],
  ])("keeps %j within its segment", async (id, pathname) => {
    expect(await call(tool(), { id })).toMatchObject({ body: { pathname, search: "" } });
  });

  it.each(["..", ".", "", "../admin", "a/../b", "a\\..\\b", "x/."])("refuses %j as part of a path", (id) => {
    expect(tool().parse({ id })).toMatchObject({ ok: false });
    expect(tool({ path: "/users/.{id}" }).parse({ id: "." })).toMatchObject({ ok: false });
  });

  it("lets no value change the path, the query or the host", () => {
    const made = tool({ path: "/a/{id}/b?q={id}" });
    let planned: URL | undefined;
    const spy: HttpClient = {
      send: async ({ url }) => {
        planned = new URL(url);
        return Promise.resolve({ status: 200, headers: {}, url: planned, body: new Uint8Array() });
      },
      close: async () => Promise.resolve(),
    };
    const watched = tool({ path: "/a/{id}/b?q={id}", client: spy });
    return assert(
      asyncProperty(string({ unit: "binary" }), async (id) => {
        pre(made.parse({ id }).ok);
        await call(watched, { id });
        expect(planned?.origin).toBe(origin);
        expect(planned?.pathname.split("/")).toHaveLength(4);
        expect(decodeURIComponent(planned?.pathname.split("/")[2] ?? "")).toBe(id.toWellFormed());
        expect([...(planned?.searchParams ?? [])]).toEqual([["q", id.toWellFormed()]]);
        expect(planned?.hash).toBe("");
      }),
    );
  });

  it("fills headers from the secret source, and shows the model no secret that the server repeats", async () => {
    const headers = { authorization: { secret: "TOKEN", prefix: "Bearer " }, "x-version": "1" };
    const seen = JSON.stringify(await call(tool({ headers, secrets }), { id: "a" }));
    expect(seen).toContain("Bearer [secret]");
    expect(seen).not.toContain("en-1234");
    const refused = await failure(tool({ path: "/status/{id}", headers, secrets }), { id: "403" });
    expect(refused.message).toContain("it said Bearer [secret]");
    expect(refused.message).not.toContain("en-1234");
  });

  it("fails without a secret, and never shows one that no header can carry", async () => {
    const missing = await failure(tool({ headers: { a: { secret: "NONE" } }, secrets }), { id: "a" });
    expect(missing).toMatchObject({ code: "secret_not_found", retryable: false });
    const broken = await failure(tool({ headers: { a: { secret: "BROKEN" } }, secrets }), { id: "a" });
    expect(broken).toMatchObject({ code: "config_invalid" });
    expect(broken.message).toContain("'BROKEN'");
  });

  it("takes side effects and the idempotency header from the method unless they are declared", async () => {
    expect(tool().sideEffects).toBe("none");
    expect(tool({ method: "PUT" }).sideEffects).toBe("idempotent");
    expect(tool({ method: "DELETE" }).sideEffects).toBe("idempotent");
    expect(tool({ method: "POST" })).toMatchObject({ sideEffects: "unsafe", onUnknownOutcome: "ask" });
    expect(tool({ method: "POST", sideEffects: "idempotent" })).toMatchObject({ onUnknownOutcome: "retry" });
    const keyOf = async (change: Change, header = "idempotency-key"): Promise<unknown> =>
      atPointer(await call(tool(change), { id: "a" }), `/body/headers/${header}`);
    expect(await keyOf({ method: "POST" })).toBe("key-1");
    expect(await keyOf({ method: "PUT" })).toBeUndefined();
    expect(await keyOf({ method: "POST", idempotencyHeader: false })).toBeUndefined();
    expect(await keyOf({ method: "PUT", idempotencyHeader: "X-Request-Id" }, "x-request-id")).toBe("key-1");
  });

  it("makes a failure of a status that is not 2xx, with the start of the body", async () => {
    const made = tool({ path: "/status/{id}" });
    const error = await failure(made, { id: "404" });
    expect(error).toMatchObject({ code: "http_status_failed", retryable: false });
    expect(error.message).toMatch(/^'127\.0\.0\.1' answered with status 404: it said nothing\.+…$/);
    expect(error.message.length).toBeLessThan(1_100);
  });

  it.each([
    ["429", "3", 3_000],
    ["503", "0", 0],
    ["503", new Date(0).toUTCString(), 0],
    ["503", "soon", undefined],
  ])("says of status %s with Retry-After %s that it may be tried again", async (id, after, retryAfterMs) => {
    const error = await failure(tool({ path: `/status/{id}?after=${encodeURIComponent(after)}` }), { id });
    expect(error).toMatchObject({ code: "http_status_failed", retryable: true, retryAfterMs });
  });

  it("says that the outcome is unknown when an unsafe request may have arrived", async () => {
    const unsafe = await failure(tool({ method: "POST", path: "/hang", timeoutMs: 100 }), { id: "a" });
    expect(unsafe).toMatchObject({ code: "tool_outcome_unknown", retryable: false });
    expect(unsafe.message).toContain("Whether the request took effect is unknown");
    const idempotent = tool({ method: "POST", path: "/hang", timeoutMs: 100, sideEffects: "idempotent" });
    expect(await failure(idempotent, { id: "a" })).toMatchObject({ code: "network_timeout", retryable: true });
    const gateway = await failure(tool({ method: "POST", path: "/gateway-timeout" }), { id: "a" });
    expect(gateway).toMatchObject({ code: "tool_outcome_unknown" });
  });

  it("maps the answer by a pointer or a function", async () => {
    expect(
      await call(tool({ response: "/headers/x-a~1b", headers: { "x-a": "1" } }), { id: "a" }).catch(String),
    ).toContain("has nothing at '/headers/x-a~1b'");
    expect(await call(tool({ response: "/headers/x-a", headers: { "x-a": "1" } }), { id: "a" })).toBe(1);
    expect(await call(tool({ response: ({ status }) => ({ code: status }) }), { id: "a" })).toEqual({ code: 200 });
    const broken = tool({
      method: "POST",
      response: () => {
        throw new Error("inside");
      },
    });
    const error = await failure(broken, { id: "a" });
    expect(error).toMatchObject({ code: "tool_result_invalid", retryable: false });
    expect(error.message).toMatch(/^The request was carried out with status 200, but/);
    expect(error.message).not.toContain("inside");
    expect(await failure(tool({ response: "/none" }), { id: "a" })).toMatchObject({ code: "tool_result_invalid" });
  });

  it("reads text, JSON that is none, other charsets and no body at all, and refuses what is not text", async () => {
    const read = async (path: string): Promise<unknown> => atPointer(await call(tool({ path }), { id: "a" }), "/body");
    expect(await read("/broken")).toBe("{");
    expect(await read("/latin")).toBe("é");
    expect(await read("/empty")).toBeNull();
    expect(await failure(tool({ path: "/image" }), { id: "a" })).toMatchObject({ code: "network_response_invalid" });
  });

  it("keeps to the network policy: by default nothing inside", async () => {
    const made = httpTool({ name: "x", description: "", input: z.object({}), url: "https://169.254.169.254/latest" });
    expect(await failure(made, {})).toMatchObject({ code: "network_target_refused" });
  });

  it.each([
    ["a relative URL", { url: "/users" }, "must be absolute"],
    ["a fragment", { url: "https://a.example/#{id}" }, "must be absolute"],
    ["a host from arguments", { url: "https://{id}.example/" }, "a placeholder before its path"],
    ["a user name", { url: "https://a:b@a.example/" }, "user name or password"],
    ["another scheme", { url: "ftp://a.example/" }, "one of https or http"],
    ["an unknown field", { url: "https://a.example/{nobody}" }, "no field 'nobody'"],
    ["a broken placeholder", { url: "https://a.example/{id" }, "no field name in braces"],
    ["an unknown query field", { query: ["nobody"] }, "no field 'nobody'"],
    ["a header that is none", { headers: { "a b": "c" } }, "HTTP cannot carry"],
    ["a header with a line break", { headers: { a: "b\nc" } }, "HTTP cannot carry"],
    ["a header of the connection", { headers: { Host: "evil.example" } }, "the client's own"],
  ])("refuses a definition with %s", (_title, change, reason) => {
    expect(() => tool(change)).toThrow(reason);
  });
});
