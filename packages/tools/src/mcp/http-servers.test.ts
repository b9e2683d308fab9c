import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentKitError, type ToolContext } from "@agentkit/core";
import { describe, expect, onTestFinished, test } from "vitest";
import type { McpHttp } from "../index.ts";
import { callTool, connectForTest, entryOf, failureOf, toolOf } from "./mcp.test.support.ts";

interface RunningServer {
  readonly process: ChildProcess;
  readonly transport: McpHttp;
}

const loopback = { schemes: ["http"], ports: "any", allowPrivate: ["127.0.0.1"] } as const;

/** Serves server-everything; the port is one that was free a moment ago, because the server cannot be told to choose one. */
async function serveEverything(): Promise<RunningServer> {
  const port = await freePort();
  const entry = entryOf(import.meta.resolve("@modelcontextprotocol/server-everything/package.json"));
  const child = spawn(process.execPath, [entry, "streamableHttp"], {
    env: { PATH: process.env["PATH"], PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stderr, "data");
  return { process: child, transport: { type: "http", url: `http://127.0.0.1:${port}/mcp`, network: loopback } };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  server.close();
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("an MCP server from npm over streamable HTTP", () => {
  test("server-everything: lists and calls tools", async () => {
    const { transport } = await serveEverything();
    const server = await connectForTest({ name: "everything", transport });

    expect(await callTool(toolOf(server, "everything_get-sum"), { a: 1, b: 2 })).toBe("The sum of 1 and 2 is 3.");
    expect(await callTool(toolOf(server, "everything_get-structured-content"), { location: "New York" })).toBe(
      '{"temperature":33,"conditions":"Cloudy","humidity":82}',
    );
  });

  test("server-everything: shows the guard a call before it leaves, and sends none that it refuses", async () => {
    const { transport } = await serveEverything();
    const server = await connectForTest({ name: "everything", transport });
    const echo = toolOf(server, "everything_echo");
    const shown: string[] = [];
    const guard: ToolContext["guard"] = async (surface, text) => {
      shown.push(`${surface}: ${text}`);
      if (text.includes("do not say")) throw new AgentKitError("content_blocked", "No.");
      return Promise.resolve(text);
    };

    expect(await callTool(echo, { message: "hello" }, { guard })).toBe("Echo: hello");
    const blocked = await failureOf(callTool(echo, { message: "do not say" }, { guard }));

    expect(blocked).toMatchObject({ code: "content_blocked", retryable: false });
    const sent = `outgoing_http: POST ${transport.url}\n\n`;
    expect(shown).toEqual([
      `${sent}{"name":"echo","arguments":{"message":"hello"}}`,
      `${sent}{"name":"echo","arguments":{"message":"do not say"}}`,
    ]);
    expect(echo.trust).toBe("untrusted");
  });

  test("server-everything: a server that is killed during a call leaves its outcome unknown", async () => {
    const { process: child, transport } = await serveEverything();
    const server = await connectForTest({ name: "everything", transport });
    const long = toolOf(server, "everything_trigger-long-running-operation");
    const call = failureOf(callTool(long, { duration: 60, steps: 600 }));
    setTimeout(() => child.kill("SIGKILL"), 300);

    expect(await call).toMatchObject({ code: "tool_outcome_unknown" });
    const sum = callTool(toolOf(server, "everything_get-sum"), { a: 1, b: 2 });
    expect(await failureOf(sum)).toMatchObject({ code: "network_unreachable", retryable: true });
  });

  test("server-everything: a server that was started again and forgot the session is connected to again", async () => {
    const first = await serveEverything();
    const server = await connectForTest({ name: "everything", transport: first.transport });
    first.process.kill("SIGKILL");
    await once(first.process, "exit");
    const entry = entryOf(import.meta.resolve("@modelcontextprotocol/server-everything/package.json"));
    const second = spawn(process.execPath, [entry, "streamableHttp"], {
      env: { PATH: process.env["PATH"], PORT: new URL(first.transport.url).port },
      stdio: ["ignore", "ignore", "pipe"],
    });
    onTestFinished(() => void second.kill("SIGKILL"));
    await once(second.stderr, "data");

    expect(await callTool(toolOf(server, "everything_echo"), { message: "again" })).toBe("Echo: again");
  });
});

describe("requests to an MCP server", () => {
  test("go nowhere that the network policy does not allow, by default not to this machine", async () => {
    const transport: McpHttp = { type: "http", url: "https://127.0.0.1/mcp" };

    expect(await failureOf(connectForTest({ name: "inner", transport }))).toMatchObject({
      code: "network_target_refused",
    });
  });

  test("carry headers and secrets, asked for each time, and do not follow a redirect elsewhere", async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere: string[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.url ?? "");
      response.writeHead(404).end();
    }).listen(0, "127.0.0.1");
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(307, { location: `http://127.0.0.1:${portOf(other.address())}/` }).end();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void [server.close(), other.close()]);
    await Promise.all([once(server, "listening"), other.listening || once(other, "listening")]);
    const transport: McpHttp = {
      type: "http",
      url: `http://127.0.0.1:${portOf(server.address())}/mcp`,
      network: loopback,
      headers: { authorization: { secret: "TOKEN", prefix: "Bearer " } },
      secrets: { get: async (name) => `${name}-${seen.length}` },
    };

    const failure = await failureOf(connectForTest({ name: "moved", transport }));

    expect(failure).toMatchObject({ code: "mcp_server_unavailable" });
    expect(failure.message).not.toContain("TOKEN");
    expect(seen[0]).toBe("Bearer TOKEN-0");
    expect(elsewhere).toEqual([]);
  });
});
