import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { AgentKitError } from "@agentkit/core";
import type { JsonObject, Tool, ToolContext } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openApiTools } from "../openapi/openapi-tools.ts";
import { createHttpClient } from "./http-client.ts";
import { httpTool } from "./http-tool.ts";
import type { HttpToolDefinition } from "./http-tool.ts";

const secrets = { get: async () => Promise.resolve("tok-en-1234") };
const client = createHttpClient({ schemes: ["http"], ports: "any", allowPrivate: ["127.0.0.1"] });

let arrived: string[] = [];
let shown: string[] = [];
const answer: RequestListener = (_, response) =>
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
let listener = answer;

const server = createServer((request, response) => {
  arrived.push(`${request.method} ${request.url}`);
  request.resume().on("end", () => listener(request, response));
});
/** A second origin, to be redirected to. */
const other = createServer((request, response) => {
  arrived.push(`${request.method} ${request.url} elsewhere`);
  answer(request, response);
});

beforeAll(async () => {
  await Promise.all([
    once(server.listen(0, "127.0.0.1"), "listening"),
    once(other.listen(0, "127.0.0.1"), "listening"),
  ]);
});

beforeEach(() => {
  arrived = [];
  shown = [];
  listener = answer;
});

afterAll(async () => {
  await client.close();
  server.close();
  other.close();
});

function originOf(listening: typeof server): string {
  const address = listening.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

type Change = Partial<HttpToolDefinition<z.ZodObject>> & { readonly path?: string };

function noteTool({ path = "/notes/{id}", ...change }: Change = {}): Tool {
  return httpTool({
    name: "add_note",
    description: "Adds a note.",
    method: "POST",
    input: z.object({ id: z.string(), text: z.string() }),
    url: `${originOf(server)}${path}`,
    headers: { authorization: { secret: "TOKEN", prefix: "Bearer " }, "x-key": { secret: "TOKEN" }, "x-team": "north" },
    secrets,
    client,
    ...change,
  });
}

const note = { id: "a@b.example", text: "Call back" };

/** A guard that lets go on what does not hold a text. */
function refusing(text: string): ToolContext["guard"] {
  return async (surface, outgoing) => {
    shown.push(`${surface}: ${outgoing}`);
    if (outgoing.includes(text)) throw new AgentKitError("content_blocked", "No.");
    return Promise.resolve(outgoing);
  };
}

async function call(tool: Tool, input: JsonObject, blocked: string): Promise<string> {
  const parsed = tool.parse(input);
  if (!parsed.ok) throw new Error(parsed.message);
  try {
    await tool.execute(parsed.value, toolContext({ guard: refusing(blocked) }));
    return "sent";
  } catch (error) {
    return AgentKitError.is(error) ? `${error.code}${error.retryable ? ", retryable" : ""}` : String(error);
  }
}

describe("httpTool", () => {
  it("shows the guard what it is about to send, and none of its secrets", async () => {
    expect(await call(noteTool(), note, "nothing")).toBe("sent");
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain(`outgoing_http: POST ${originOf(server)}/notes/a%40b.example\n`);
    expect(shown[0]).toContain("content-type: application/json\nx-team: north\n");
    expect(shown[0]).toContain('\n\n{"text":"Call back"}');
    expect(shown[0]).toContain("/notes/a@b.example\n");
    expect(shown[0]).not.toMatch(/tok-en|authorization|x-key|idempotency/i);
  });

  it.each([
    ["the path", "a@b.example"],
    ["the body", "Call back"],
  ])("sends nothing when the guard refuses %s", async (_place, text) => {
    expect(await call(noteTool(), note, text)).toBe("content_blocked");
    expect(arrived).toEqual([]);
  });

  it("does not show credentials that were written into the tool", async () => {
    const tool = noteTool({ headers: { Authorization: "Basic dTpw", cookie: "session=1" } });
    expect(await call(tool, note, "nothing")).toBe("sent");
    expect(shown[0]).not.toMatch(/dTpw|session/);
  });

  it("is untrusted unless it says otherwise", () => {
    expect(noteTool().trust).toBe("untrusted");
    expect(noteTool({ trust: "trusted" }).trust).toBe("trusted");
  });
});

function moving(status: number): RequestListener {
  return (_, response) =>
    response.writeHead(status, { location: `${originOf(other)}/elsewhere?key=tok-en-1234` }).end();
}

function readTool(): Tool {
  return noteTool({ method: "GET", headers: { key: { secret: "TOKEN" } } });
}

describe("a redirect to another origin", () => {
  it("is shown to the guard before it is followed, without secrets that the server repeats", async () => {
    listener = moving(302);
    expect(await call(readTool(), note, "nothing")).toBe("sent");
    expect(shown[1]).toBe(`outgoing_http: GET ${originOf(other)}/elsewhere?key=[secret]`);
    expect(arrived.at(-1)).toMatch(/elsewhere$/);
  });

  it("is not followed when the guard refuses it", async () => {
    listener = moving(307);
    expect(await call(readTool(), note, "elsewhere")).toBe("content_blocked");
    expect(arrived).toEqual([expect.stringMatching(/^GET \/notes/)]);
  });

  it("leaves the outcome unknown where the first server may have acted", async () => {
    listener = moving(303);
    expect(await call(noteTool(), note, "elsewhere")).toBe("tool_outcome_unknown");
    expect(arrived).toHaveLength(1);
  });

  it("within the origin is no matter for the guard", async () => {
    listener = (request, response) =>
      request.url === "/there" ? answer(request, response) : response.writeHead(302, { location: "/there" }).end();
    expect(await call(readTool(), note, "nothing")).toBe("sent");
    expect(shown).toHaveLength(1);
    expect(arrived).toHaveLength(2);
  });
});

function parameter(name: string, place: string): JsonObject {
  return { name, in: place, schema: { type: "string" } };
}

function document(): JsonObject {
  return {
    openapi: "3.1.0",
    info: { title: "Things", version: "1" },
    servers: [{ url: originOf(server) }],
    security: [{ query: [], cookie: [] }],
    components: {
      securitySchemes: {
        query: { type: "apiKey", in: "query", name: "key" },
        cookie: { type: "apiKey", in: "cookie", name: "login" },
      },
    },
    paths: {
      "/things": {
        post: {
          operationId: "addThing",
          parameters: [parameter("find", "query"), parameter("x-place", "header"), parameter("taste", "cookie")],
          requestBody: { content: { "multipart/form-data": { schema: { type: "object" } } } },
          responses: {},
        },
      },
    },
  };
}

function made(trust?: "trusted"): Tool {
  const credentials = { query: "TOKEN", cookie: "TOKEN" };
  const declare = () => (trust === undefined ? {} : { trust });
  const [tool] = openApiTools(document(), { credentials, secrets, client, declare });
  if (tool === undefined) throw new Error("The document has no operation.");
  return tool;
}

describe("openApiTools", () => {
  const thing = { find: "ada lovelace", "x-place": "attic", taste: "sweet", body: { label: "a quiet word" } };

  it("shows the guard what arguments make of a request, and none of its credentials", async () => {
    expect(await call(made(), thing, "nothing")).toBe("sent");
    expect(shown[0]).toContain(`POST ${originOf(server)}/things?find=ada%20lovelace\n`);
    for (const part of ["find=ada lovelace", "x-place: attic", "cookie: taste=sweet", "a quiet word"]) {
      expect(shown[0]).toContain(part);
    }
    expect(shown[0]).not.toMatch(/tok-en|login|idempotency/i);
    expect(arrived).toEqual(["POST /things?find=ada%20lovelace&key=tok-en-1234"]);
  });

  it.each(["ada lovelace", "attic", "sweet", "a quiet word"])(
    "sends nothing when the guard refuses '%s'",
    async (text) => {
      expect(await call(made(), thing, text)).toBe("content_blocked");
      expect(arrived).toEqual([]);
    },
  );

  it("makes tools that are untrusted unless the operator says otherwise", () => {
    expect(made().trust).toBe("untrusted");
    expect(made("trusted").trust).toBe("trusted");
  });
});
