import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { AgentKitError } from "@agentkit/core";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpClient } from "./http-client.ts";
import type { HttpClient, HttpClientOptions } from "./http-client.ts";

const cleanup: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of cleanup.splice(0)) await close();
});

/** Serves on loopback and gives the port. */
async function serve(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** A client that may go to loopback, and to names that stand for it. */
function open(options: HttpClientOptions = {}): HttpClient {
  const client = createHttpClient({
    schemes: ["http"],
    ports: "any",
    allowPrivate: ["127.0.0.1"],
    resolve: async () => Promise.resolve(["127.0.0.1"]),
    ...options,
  });
  cleanup.push(async () => client.close());
  return client;
}

function text(body: Uint8Array): string {
  return Buffer.from(body).toString("utf8");
}

async function failure(work: Promise<unknown>): Promise<AgentKitError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (AgentKitError.is(error)) return error;
  throw new Error("It did not fail with an AgentKitError.", { cause: error });
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  let body = "";
  request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
  request.on("end", () => response.end(JSON.stringify({ method, url, headers, body })));
}

const invalid = "network_response_invalid";
const tooLarge = "network_response_too_large";

describe("createHttpClient", () => {
  it("sends a request and reads the answer, with the Host header of the name", async () => {
    const port = await serve(echo);
    const { status, body } = await open().send({
      method: "POST",
      url: `http://api.example:${port}/a%2Fb?x=1`,
      headers: { "x-one": "1" },
      body: "hello",
    });
    expect(status).toBe(200);
    expect(JSON.parse(text(body))).toMatchObject({
      method: "POST",
      url: "/a%2Fb?x=1",
      body: "hello",
      headers: { host: `api.example:${port}`, "x-one": "1" },
    });
  });

  it("connects to the address that it vetted: a name that changes its answer is asked once a connection", async () => {
    const port = await serve(echo);
    const asked: string[] = [];
    const answers = [["127.0.0.1"], ["10.0.0.1"]];
    const client = open({
      resolve: async (hostname) => {
        asked.push(hostname);
        return Promise.resolve(answers[asked.length - 1] ?? []);
      },
    });
    const { status } = await client.send({ method: "GET", url: `http://rebinding.example:${port}/` });
    expect({ status, asked }).toEqual({ status: 200, asked: ["rebinding.example"] });

    const again = await failure(client.send({ method: "GET", url: `http://rebinding.example:${port}/` }));
    expect(again).toMatchObject({ code: "network_target_refused" });
    expect(again.message).toContain("stands for 10.0.0.1");
    expect(asked).toHaveLength(2);
  });

  it("tells a TLS server the name that was asked for, at the address that was vetted", async () => {
    const names: string[] = [];
    const server = createTlsServer({
      SNICallback: (name, done) => {
        names.push(name);
        done(new Error("This server has no certificate."));
      },
    });
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanup.push(async () => new Promise((resolve) => server.close(resolve)));
    const url = `https://api.example:${portOf(server.address())}/`;
    const error = await failure(open({ schemes: ["https"] }).send({ method: "GET", url }));
    expect(error).toMatchObject({ code: "network_unreachable" });
    expect(names).toEqual(["api.example"]);
  });

  it("tries the next vetted address where one does not answer", async () => {
    const port = await serve(echo);
    const client = open({ allowPrivate: ["127.0.0.0/8"], resolve: async () => ["127.0.0.9", "127.0.0.1"] });
    expect((await client.send({ method: "GET", url: `http://two.example:${port}/` })).status).toBe(200);
  });

  it("opens no connection to what it refuses", async () => {
    let connections = 0;
    const port = await serve((_, response) => {
      connections += 1;
      response.end();
    });
    const client = createHttpClient({ schemes: ["http"], ports: "any", resolve: async () => ["127.0.0.1"] });
    cleanup.push(async () => client.close());
    const hosts = ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "inside.example", "a@127.1"];
    for (const host of hosts) {
      const error = await failure(client.send({ method: "GET", url: `http://${host}:${port}/` }));
      expect(error, host).toMatchObject({ code: "network_target_refused", retryable: false });
    }
    expect(connections).toBe(0);
  });

  it("checks each redirect like a first request", async () => {
    const port = await serve((request, response) => {
      const to = new URL(request.url ?? "", "http://x").searchParams.get("to") ?? "";
      response.writeHead(302, { location: to }).end("moved");
    });
    const targets = [
      ["http://169.254.169.254/latest/", "metadata"],
      ["http://[::1]/", "loopback"],
      ["//10.0.0.1/", "private network"],
      ["http://a:b@public.example/", "user name or password"],
      ["https://public.example/", "scheme 'https' is not allowed"],
      ["file:///etc/passwd", "scheme 'file'"],
    ] as const;
    for (const [target, reason] of targets) {
      const url = `http://127.0.0.1:${port}/?to=${encodeURIComponent(target)}`;
      const error = await failure(open().send({ method: "GET", url }));
      expect(error, target).toMatchObject({ code: "network_target_refused" });
      expect(error.message).toContain(reason);
    }
  });

  it.each([
    { status: 301, method: "POST", expected: "GET", body: "" },
    { status: 302, method: "POST", expected: "GET", body: "" },
    { status: 303, method: "PUT", expected: "GET", body: "" },
    { status: 302, method: "PUT", expected: "PUT", body: "body" },
    { status: 307, method: "POST", expected: "POST", body: "body" },
    { status: 308, method: "PUT", expected: "PUT", body: "body" },
  ])("after $status a $method becomes a $expected", async ({ status, method, expected, body }) => {
    const port = await serve((request, response) => {
      if (request.url === "/from") response.writeHead(status, { location: "to" }).end();
      else echo(request, response);
    });
    const request = {
      method,
      url: `http://127.0.0.1:${port}/from`,
      headers: { "content-type": "text/x" },
      body: "body",
    };
    const answer = await open().send(request);
    expect(answer.url.pathname).toBe("/to");
    expect(JSON.parse(text(answer.body))).toMatchObject({ method: expected, url: "/to", body });
    expect(text(answer.body).includes("text/x")).toBe(body !== "");
  });

  it("keeps credentials from another origin, and sends them to the same one", async () => {
    const other = await serve(echo);
    const port = await serve((request, response) => {
      const location = request.url === "/away" ? `http://other.example:${other}/` : "/here";
      if (request.url === "/here") echo(request, response);
      else response.writeHead(307, { location }).end();
    });
    const headers = {
      authorization: "Bearer s3cret",
      cookie: "id=s3cret",
      "idempotency-key": "s3cret",
      "x-api-key": "s3cret",
      "x-plain": "1",
    };
    const send = async (path: string) =>
      open().send({ method: "GET", url: `http://127.0.0.1:${port}${path}`, headers, secretHeaders: ["X-API-Key"] });
    const away = text((await send("/away")).body);
    expect(away).toContain("x-plain");
    expect(away).not.toContain("s3cret");
    expect(text((await send("/stay")).body).match(/s3cret/g)).toHaveLength(4);
  });

  it.each([
    { status: 307, method: "POST", body: "body" },
    { status: 308, method: "PUT", body: "body" },
    { status: 302, method: "DELETE", body: undefined },
    { status: 307, method: "GET", body: "body" },
  ])("does not hand a $method to another origin after $status", async ({ status, method, body }) => {
    let handedOn = 0;
    const other = await serve((_, response) => {
      handedOn += 1;
      response.end();
    });
    const location = `http://other.example:${other}/`;
    const port = await serve((_, response) => response.writeHead(status, { location }).end());
    const url = `http://127.0.0.1:${port}/`;
    const error = await failure(open().send({ method, url, ...(body !== undefined && { body }) }));
    expect(error).toMatchObject({ code: "network_target_refused", retryable: false });
    expect(error.message).toContain(`'other.example:${other}'`);
    expect(handedOn).toBe(0);
  });

  it("tells of each answer before it fails", async () => {
    const port = await serve((_, response) => response.writeHead(302, { location: "http://10.0.0.1/" }).end());
    const statuses: number[] = [];
    const onAnswer = ({ status }: { readonly status: number }): void => void statuses.push(status);
    await failure(open().send({ method: "GET", url: `http://127.0.0.1:${port}/`, onAnswer }));
    expect(statuses).toEqual([302]);
  });

  it("follows five redirects and no more", async () => {
    const port = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(text((await open().send({ method: "GET", url: `http://127.0.0.1:${port}/5` })).body)).toBe("there");
    const error = await failure(open().send({ method: "GET", url: `http://127.0.0.1:${port}/6` }));
    expect(error).toMatchObject({ code: "network_redirects_exceeded" });
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("reads %s, and stops a bomb of it at the limit", async (encoding, compress) => {
    const port = await serve((request, response) => {
      response.writeHead(200, { "content-encoding": encoding });
      response.end(
        request.method === "HEAD" ? undefined : compress(Buffer.alloc(request.url === "/bomb" ? 5_000_000 : 50)),
      );
    });
    const client = open({ maxResponseBytes: 100_000 });
    expect((await client.send({ method: "GET", url: `http://127.0.0.1:${port}/` })).body).toHaveLength(50);
    expect((await client.send({ method: "HEAD", url: `http://127.0.0.1:${port}/` })).body).toHaveLength(0);
    const error = await failure(client.send({ method: "GET", url: `http://127.0.0.1:${port}/bomb` }));
    expect(error).toMatchObject({ code: "network_response_too_large", retryable: false });
  });

  it.each([
    ["two encodings", { headers: { "content-encoding": "gzip, gzip" }, body: gzipSync("x") }, invalid],
    ["a broken encoding", { headers: { "content-encoding": "gzip" }, body: Buffer.from("no gzip") }, invalid],
    ["a cut encoding", { headers: { "content-encoding": "gzip" }, body: gzipSync("xyz").subarray(0, 15) }, invalid],
    ["a type that is not accepted", { headers: { "content-type": "image/png" }, body: Buffer.from("x") }, invalid],
    ["no type at all", { headers: {}, body: Buffer.from("x") }, invalid],
    ["a body that is too long", { headers: { "content-type": "text/plain" }, body: Buffer.alloc(2_000) }, tooLarge],
    ["headers that are too long", { headers: { "x-long": "x".repeat(9_000) }, body: Buffer.alloc(0) }, tooLarge],
  ])("refuses %s", async (_title, { headers, body }, code) => {
    const port = await serve((_, response) => response.writeHead(200, headers).end(body));
    const client = open({ maxResponseBytes: 1_000, maxHeaderBytes: 8_000 });
    const request = { method: "GET", url: `http://127.0.0.1:${port}/`, mediaTypes: ["text/*", "*+json"] };
    expect(await failure(client.send(request))).toMatchObject({ code });
  });

  it("accepts the types that it is told to, and any for an answer without a body", async () => {
    const types = ["text/plain; charset=utf-8", "application/problem+json", "TEXT/CSV"];
    const port = await serve((request, response) => {
      const type = types[Number(request.url?.slice(1))];
      response.writeHead(200, type ? { "content-type": type } : {}).end(type && "body");
    });
    for (const path of [0, 1, 2, 3]) {
      const url = `http://127.0.0.1:${port}/${path}`;
      await expect(open().send({ method: "GET", url, mediaTypes: ["text/*", "*+json"] })).resolves.toBeDefined();
    }
  });

  it("gives up in time when a server is silent, slow to the end, or no server of HTTP", async () => {
    const port = await serve((request, response) => {
      if (request.url === "/slow") response.writeHead(200).write("a little");
    });
    const client = open({ timeoutMs: 150 });
    for (const path of ["/silent", "/slow"]) {
      const error = await failure(client.send({ method: "GET", url: `http://127.0.0.1:${port}${path}` }));
      expect(error, path).toMatchObject({ code: "network_timeout", retryable: true });
    }
    const tcp = createTcpServer((socket) => socket.once("data", () => socket.end("SSH-2.0-x\r\n"))).listen(
      0,
      "127.0.0.1",
    );
    await once(tcp, "listening");
    cleanup.push(async () => new Promise((resolve) => tcp.close(resolve)));
    const error = await failure(open().send({ method: "GET", url: `http://127.0.0.1:${portOf(tcp.address())}/` }));
    expect(error).toMatchObject({ code: "network_response_invalid" });
  });

  it("tells a connection that was never made from one that broke", async () => {
    const port = await serve((request) => request.socket.destroy());
    const lost = await failure(open().send({ method: "GET", url: `http://127.0.0.1:${port}/` }));
    expect(lost).toMatchObject({ code: "network_connection_lost", retryable: true });

    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const free = portOf(closed.address());
    closed.close();
    await once(closed, "close");
    const refused = await failure(open().send({ method: "GET", url: `http://api.example:${free}/` }));
    expect(refused).toMatchObject({ code: "network_unreachable", retryable: true });
    expect(refused.message).toBe("No connection to 'api.example' could be made (ECONNREFUSED).");
  });

  it("does not wait for a name server for ever", async () => {
    const client = open({ connectTimeoutMs: 50, resolve: async () => new Promise(() => undefined) });
    const error = await failure(client.send({ method: "GET", url: "http://slow.example/" }));
    expect(error).toMatchObject({ code: "network_unreachable" });
  });

  it("stops at its caller's signal", async () => {
    const stop = new AbortController();
    const port = await serve(() => stop.abort());
    const error = await failure(open().send({ method: "GET", url: `http://127.0.0.1:${port}/`, signal: stop.signal }));
    expect(error).toMatchObject({ code: "aborted" });
  });

  it.each([
    ["no URL", "not a url", {}],
    ["a header of the connection", "http://api.example/", { host: "other.example" }],
    ["a header of a proxy", "http://api.example/", { "proxy-authorization": "x" }],
    ["a line break in a header", "http://api.example/", { "x-one": "1\r\nx-two: 2" }],
  ])("refuses to send %s", async (_title, url, headers) => {
    expect(await failure(open().send({ method: "GET", url, headers }))).toMatchObject({ code: "input_invalid" });
  });

  it("uses no proxy of the environment", async () => {
    const port = await serve(echo);
    const before = process.env["HTTP_PROXY"];
    process.env["HTTP_PROXY"] = "http://127.0.0.1:1/";
    try {
      expect((await open().send({ method: "GET", url: `http://127.0.0.1:${port}/` })).status).toBe(200);
    } finally {
      if (before === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = before;
    }
  });
});
