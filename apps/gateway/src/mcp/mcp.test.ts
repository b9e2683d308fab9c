import { once } from "node:events";
import { request as openRequest } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  type AccessPolicy,
  anonymous,
  type ApprovalAuthority,
  contentHash,
  createAgentKit,
  createInMemoryEventLog,
  defineAgent,
  defineTool,
  type EventLog,
  type Principal,
  toSessionStream,
} from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { createGateway } from "../gateway.ts";
import { createModelAccess } from "../models/model-access.ts";
import { serveGateway } from "../serve-gateway.ts";
import { createMcpAgent } from "./mcp-agent.ts";

const deleted: string[] = [];

const tools = [
  defineTool({
    name: "orders_find",
    description: "Finds an order.",
    input: z.object({ number: z.string() }),
    sideEffects: "none",
    run: ({ number }) => ({ number, status: "shipped" }),
  }),
  defineTool({
    name: "orders_delete",
    description: "Deletes an order.",
    input: z.object({ number: z.string() }),
    roles: ["admin"],
    approval: "always",
    run: ({ number }) => {
      deleted.push(number);
      return "Deleted.";
    },
  }),
  defineTool({
    name: "wait",
    description: "Waits until it is stopped.",
    input: z.object({}),
    sideEffects: "none",
    roles: ["nobody-but-the-test"],
    run: async (_input, { signal }) => {
      waiting.resolve();
      await once(signal, "abort");
    },
  }),
];

/** Resolves when the tool that waits has begun to. */
const waiting = Promise.withResolvers<void>();

/** Signs by repeating what it is told, which only a test may do. */
const approvals: ApprovalAuthority = {
  keyId: "test",
  sign: (statement) => Buffer.from(statement).toString("base64url"),
  verify: (statement, signature) => Buffer.from(statement).toString("base64url") === signature,
};

/** Denies everything to one tenant. */
const access: AccessPolicy = {
  id: "test",
  version: "1",
  hash: contentHash("test"),
  decide: ({ principal, tool, arguments: given }) => {
    const isSecret = tool.tags.includes("agent") && JSON.stringify(given ?? null).includes("secret");
    return isSecret
      ? { effect: "deny", rule: "no-secrets" }
      : { effect: principal.tenant === "blocked" ? "deny" : "allow", rule: "tenant" };
  },
};

/** The principal that a proxy with authentication would have found out. */
function principalOf(request: Request): Principal {
  const role = request.headers.get("x-test-role");
  const tenant = request.headers.get("x-test-tenant") ?? undefined;
  return { ...anonymous, ...(tenant !== undefined && { tenant }), roles: role === null ? [] : [role] };
}

async function start() {
  const log = createInMemoryEventLog();
  const model = scriptedModel([{ text: "It is on its way." }]);
  const agents = [
    defineAgent({
      name: "acme/support",
      model: "scripted",
      description: "Answers customers.",
      limits: { modelRetries: 0 },
    }),
  ];
  const agent = createMcpAgent(tools);
  const kit = createAgentKit({ log, model, agents: [...agents, agent], access, approvals });
  const modelAccess = createModelAccess({ model, names: [] });
  const mcp = { agent, access, principal: principalOf };
  const gateway = createGateway({ kit, log, model, agents, modelAccess, mcp, maxBodyBytes: 10_000 });
  const server = await serveGateway(gateway, { port: 0, graceMs: 200 });
  onTestFinished(async () => {
    await server.close();
    await log.close();
  });
  return { log, kit, url: `${server.url}/mcp` };
}

async function connect(url: string, headers: Record<string, string> = {}, mode: "auto" | "legacy" = "auto") {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  onTestFinished(async () => client.close());
  return client;
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const accept = "application/json, text/event-stream";
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", accept, ...headers }, body });
}

async function typesIn(log: EventLog): Promise<readonly string[]> {
  const types = [];
  for await (const { type } of log.readAll()) types.push(type);
  return types;
}

const find = { name: "orders_find", arguments: { number: "A-17" } };

describe.each(["auto", "legacy"] as const)("/mcp for a client of the official SDK (%s)", (mode) => {
  it("lists the tools that the principal may use, and the agents", async () => {
    const { url } = await start();
    const user = await connect(url, {}, mode);
    const admin = await connect(url, { "x-test-role": "admin" }, mode);

    expect((await user.listTools()).tools.map(({ name }) => name)).toEqual(["acme_support", "orders_find"]);
    const all = (await admin.listTools()).tools;
    expect(all.map(({ name }) => name)).toEqual(["acme_support", "orders_find", "orders_delete"]);
    expect(all[1]).toMatchObject({
      description: "Finds an order.",
      inputSchema: { type: "object", required: ["number"] },
      annotations: { readOnlyHint: true },
    });
  });

  it("runs a tool as a run in a session of its own, with the principal in its record, and replays it", async () => {
    const { url, kit, log } = await start();
    const client = await connect(url, { "x-test-role": "admin" }, mode);

    const { content, _meta: meta, isError } = await client.callTool(find);

    expect(isError).not.toBe(true);
    expect(content).toEqual([{ type: "text", text: '{"number":"A-17","status":"shipped"}' }]);
    const session = String(meta?.["agentkit/session"]);
    const events = [];
    for await (const event of log.readStream(toSessionStream(session))) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["ToolCallStarted", "ToolCallSucceeded"]));
    expect(events.find(({ type }) => type === "RunStarted")?.data).toMatchObject({
      request: { principal: { roles: ["admin"] } },
    });
    expect(await kit.replay(session)).toMatchObject({ status: "identical" });
  });

  it("asks an agent", async () => {
    const { url, log } = await start();
    const client = await connect(url, {}, mode);
    const refused = await client.callTool({ name: "acme_support", arguments: { input: "Tell me the secret." } });
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused.content)).toContain("access_denied");

    const input = "Where is A-17?";
    const { content, _meta: meta } = await client.callTool({ name: "acme_support", arguments: { input } });

    expect(content).toEqual([{ type: "text", text: "It is on its way." }]);
    const started = [];
    for await (const event of log.readStream(toSessionStream(String(meta?.["agentkit/session"])))) {
      if (event.type === "RunStarted") started.push(event.data);
    }
    const metadata = { access_rule: "tenant", access_policy: "test@1" };
    expect(started).toMatchObject([{ agent: "acme/support", request: { metadata } }]);
  });

  it("tells arguments that do not fit as a failed call that the caller can act on", async () => {
    const { url } = await start();
    const client = await connect(url, {}, mode);

    const result = await client.callTool({ name: "orders_find", arguments: { number: 17 } });

    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain("expected string");
  });

  it("does not run a tool for somebody without its role, records the attempt and says that there is no such tool", async () => {
    const { url, log } = await start();
    const client = await connect(url, {}, mode);

    await expect(client.callTool({ name: "orders_delete", arguments: { number: "A-17" } })).rejects.toThrow(
      "Unknown tool: orders_delete",
    );
    await expect(client.callTool({ name: "no_such_tool" })).rejects.toThrow("Unknown tool: no_such_tool");

    expect(await typesIn(log)).toContain("ToolCallDenied");
    expect(deleted).not.toContain("A-17");
  });

  it("answers a call that needs an approval with where it waits, and has it executed once it is given", async () => {
    const { url, kit } = await start();
    const client = await connect(url, { "x-test-role": "admin" }, mode);
    const number = `to delete ${mode}`;

    const result = await client.callTool({ name: "orders_delete", arguments: { number } });

    expect(result.isError).not.toBe(true);
    expect(JSON.stringify(result.content)).toContain("waits for an approval and has not been executed");
    expect(JSON.stringify(result)).not.toContain("ticket");
    expect(deleted).not.toContain(number);
    const [pending] = await kit.approvals(String(result._meta?.["agentkit/session"]));
    expect(result.structuredContent).toMatchObject({ status: "waiting", approvals: [{ approval: pending?.approval }] });
    await kit.decide({ ticket: pending?.ticket ?? "", outcome: "approve", approver: anonymous });
    expect(deleted).toContain(number);
  });

  it("shows nothing that the access policy denies", async () => {
    const { url } = await start();
    const client = await connect(url, { "x-test-tenant": "blocked" }, mode);

    expect((await client.listTools()).tools).toEqual([]);
    await expect(client.callTool(find)).rejects.toThrow("Unknown tool: orders_find");
    const ask = { name: "acme_support", arguments: { input: "Where is A-17?" } };
    await expect(client.callTool(ask)).rejects.toThrow("Unknown tool: acme_support");
  });

  it("tells the progress of a run to a caller who asks for it", async () => {
    const { url } = await start();
    const client = await connect(url, {}, mode);
    const seen: (string | undefined)[] = [];

    await client.callTool(find, { onprogress: ({ message }) => seen.push(message) });

    expect(seen).toContain("ToolCallStarted");
  });
});

describe("/mcp for a caller that calls its request off", () => {
  it("stops the tool and cancels the run", async () => {
    const { url, log } = await start();
    const client = await connect(url, { "x-test-role": "nobody-but-the-test" });
    const stop = new AbortController();

    const call = client.callTool({ name: "wait", arguments: {} }, { signal: stop.signal });
    await waiting.promise;
    stop.abort();

    await expect(call).rejects.toThrow("aborted");
    await vi.waitFor(async () => expect(await typesIn(log)).toContain("RunCancelled"), { timeout: 5_000 });
  });
});

describe("/mcp for requests that are not as they should be", () => {
  it.each([
    ["another host", { host: "evil.example.com" }],
    ["a page of another site", { origin: "https://evil.example.com" }],
  ])("refuses %s with 403", async (_who, headers) => {
    const { url } = await start();
    const status = await new Promise((resolve, reject) => {
      const sent = openRequest(url, { method: "POST", headers: { "content-type": "application/json", ...headers } });
      sent.on("response", (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on("error", reject);
      sent.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }));
    });

    expect(status).toBe(403);
  });

  it("answers text that is no JSON with JSON-RPC's parse error", async () => {
    const { url } = await start();
    const answer = await post(url, "{");

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ jsonrpc: "2.0", error: { code: -32_700 } });
  });

  it("answers a body over the gateway's limit with 413, and another content type with 415", async () => {
    const { url } = await start();
    const large = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", params: { text: "x".repeat(20_000) } });

    expect((await post(url, large)).status).toBe(413);
    expect((await post(url, "{}", { "content-type": "text/plain" })).status).toBe(415);
  });

  it("answers a protocol version that it does not know with an error, and GET and DELETE with 405", async () => {
    const { url } = await start();
    const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });

    expect((await post(url, list, { "mcp-protocol-version": "1999-01-01" })).status).toBe(400);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(405);
  });

  it("answers an unknown method with JSON-RPC's error for it", async () => {
    const { url } = await start();
    const answer = await post(url, JSON.stringify({ jsonrpc: "2.0", id: 1, method: "no/such" }));

    expect(await answer.text()).toContain("-32601");
  });
});
