import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { parseJson } from "@agentkit/core";
import type { JsonObject, JsonValue } from "@agentkit/core";
import { resources } from "./document.ts";

/** A back office that serves its document's operations on loopback. */
export interface BackOffice {
  readonly baseUrl: string;
  /** Method and path of each request that came in with the right key. */
  readonly requests: readonly string[];
  /** The keys that requests with unsafe effects carried. */
  readonly idempotencyKeys: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: JsonValue;
}

interface Question {
  readonly method: string;
  readonly url: URL;
  readonly body: JsonObject;
}

/** Starts a {@link BackOffice} that wants to be shown a key. */
export async function startBackOffice(apiKey: string): Promise<BackOffice> {
  const requests: string[] = [];
  const idempotencyKeys = new Set<string>();
  const answer = createStore();
  const server = createServer((request, response) => {
    // An error of this server ends the story by its own check: the connection breaks.
    respond(request, response).catch(() => response.destroy());
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", headers } = request;
    const url = new URL(request.url ?? "", "http://back-office");
    const body = parseBody(await text(request));
    if (headers["x-api-key"] !== apiKey) return send(response, { status: 401, body: { error: "no such key" } });
    requests.push(`${method} ${url.pathname}`);
    const key = headers["idempotency-key"];
    if (typeof key === "string") idempotencyKeys.add(key);
    return send(response, answer({ method, url, body }));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    idempotencyKeys,
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

function createStore(): (question: Question) => Answer {
  const things = new Map(resources.map(({ plural }) => [plural, new Map<string, JsonObject>()]));
  const names = new Map(resources.map(({ plural, name }) => [plural, name]));
  return ({ method, url, body }) => {
    const [, , plural = "", id, action] = url.pathname.split("/");
    const kept = things.get(plural);
    if (kept === undefined) return notFound;
    if (id === undefined) {
      if (method === "GET") return { status: 200, body: { data: [...kept.values()].filter(matching(url)) } };
      const created = { id: `${names.get(plural)}-${kept.size + 1}`, status: "open", ...body };
      kept.set(created.id, created);
      return { status: 201, body: created };
    }
    const thing = kept.get(id);
    if (thing === undefined) return notFound;
    if (method === "DELETE") return kept.delete(id) ? { status: 204 } : notFound;
    const changed = { ...thing, ...body, ...(action !== undefined && { status: action }) };
    if (method !== "GET") kept.set(id, changed);
    return { status: 200, body: changed };
  };
}

const notFound: Answer = { status: 404, body: { error: "there is no such thing" } };

/** `filter[name]=Ada` keeps what has that name. */
function matching(url: URL): (thing: JsonObject) => boolean {
  const wanted = [...url.searchParams].flatMap(([key, value]) => {
    const field = /^filter\[(\w+)\]$/.exec(key)?.[1];
    return field === undefined ? [] : [[field, value] as const];
  });
  return (thing) => wanted.every(([field, value]) => thing[field] === value);
}

function parseBody(body: string): JsonObject {
  const value = body === "" ? null : parseJson(body);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...toObject(value) } : {};
}

function toObject(value: object): JsonObject {
  return Object.fromEntries(Object.entries(value));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
