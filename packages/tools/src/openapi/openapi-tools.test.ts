import { once } from "node:events";
import { AgentKitError, parseJson } from "@agentkit/core";
import type { JsonObject, JsonValue, Tool } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { createHttpClient } from "../http/http-client.ts";
import type { HttpClient } from "../http/http-client.ts";
import { atPointer } from "../json/json-pointer.ts";
import { openApiTools } from "./openapi-tools.ts";
import type { OpenApiToolsOptions } from "./openapi-tools.ts";

const values: Record<string, string | undefined> = { KEY: "k3y-secret", LOGIN: "alice:s3cret", ODD: "a b;c" };
const secrets = { get: async (name: string) => Promise.resolve(values[name]) };

let baseUrl = "";
let client: HttpClient;
let close: () => Promise<void>;

beforeAll(async () => {
  const app = new Hono();
  app.get("/api/answers/:kind", (c) => {
    const good = { id: 1, name: "one" };
    if (c.req.param("kind") === "list") return c.json([good]);
    return c.json(c.req.param("kind") === "good" ? good : { id: "1", secret: true });
  });
  app.all("*", async (c) => {
    const { pathname, search } = new URL(c.req.url);
    const body = await c.req.text();
    return c.json({ method: c.req.method, pathname, search: search.slice(1), headers: c.req.header(), body });
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/api`;
  client = createHttpClient({ schemes: ["http"], ports: "any", allowPrivate: ["127.0.0.1"] });
  close = async () => {
    await client.close();
    server.close();
    await once(server, "close");
  };
});

afterAll(async () => close());

/** A document with one operation at `/things/{id}`, or with what is given. */
function documentOf(change: JsonObject, more: JsonObject = {}): JsonObject {
  const path = typeof change["path"] === "string" ? change["path"] : "/things";
  const method = typeof change["method"] === "string" ? change["method"] : "get";
  const { path: _path, method: _method, ...operation } = change;
  return {
    openapi: "3.1.0",
    info: { title: "Things", version: "1" },
    paths: { [path]: { [method]: { operationId: "things", responses: {}, ...operation } } },
    ...more,
  };
}

function open(document: string | object, options: OpenApiToolsOptions = {}): Tool {
  const [tool] = openApiTools(document, { baseUrl, client, secrets, ...options });
  if (tool === undefined) throw new Error("The document gave no tool.");
  return tool;
}

async function call(tool: Tool, input: JsonValue): Promise<JsonValue> {
  const parsed = tool.parse(input);
  if (!parsed.ok) throw new Error(parsed.message);
  const output = await tool.execute(parsed.value, toolContext());
  return typeof output === "string" ? parseJson(output) : output.type;
}

/** A part of what the server saw. */
async function seen(tool: Tool, input: JsonValue, pointer: string): Promise<JsonValue | undefined> {
  return atPointer(await call(tool, input), `/body${pointer}`);
}

function refusal(tool: Tool, input: JsonValue): string {
  const parsed = tool.parse(input);
  return parsed.ok ? "" : parsed.message;
}

interface FaultOptions extends OpenApiToolsOptions {
  /** Of the document, in the place of the test's own. */
  readonly useServers?: boolean;
}

function fault(document: string | object, { useServers = false, ...options }: FaultOptions = {}): string {
  try {
    openApiTools(document, { ...(!useServers && { baseUrl }), client, secrets, ...options });
  } catch (error) {
    return AgentKitError.is(error) ? `${error.code} ${error.message}` : String(error);
  }
  return "";
}

const list: JsonValue = { type: "array", items: { type: "string" } };
const object: JsonValue = { type: "object" };

function parameterTool(parameter: JsonObject, document: JsonObject = {}): Tool {
  const path = parameter["in"] === "path" ? "/things/{p}" : "/things";
  return open(documentOf({ path, parameters: [{ name: "p", required: true, ...parameter }] }, document));
}

const withBody = (schema: JsonValue, schemas: JsonObject = {}, openapi = "3.1.0"): JsonObject =>
  documentOf(
    { method: "post", requestBody: { required: true, content: { "application/json": { schema } } } },
    { openapi, components: { schemas } },
  );

const bodySchema = (tool: Tool): JsonValue | undefined => atPointer(tool.parameters, "/properties/body");

const bodyTool = (type: string, media: JsonObject): Tool =>
  open(documentOf({ method: "post", requestBody: { required: true, content: { [type]: media } } }));

describe("openApiTools: parameters", () => {
  const people = { role: "admin", name: "A&B" };
  it.each<[string, JsonObject, JsonValue, string]>([
    ["form", { schema: { type: "string" } }, "a b&c=d#e", "p=a%20b%26c%3Dd%23e"],
    ["form, boolean", { schema: { type: "boolean" } }, true, "p=true"],
    ["form, explode", { schema: list }, ["a", "b,c"], "p=a&p=b%2Cc"],
    ["form, list", { schema: list, explode: false }, ["a", "b,c"], "p=a,b%2Cc"],
    ["form, object, explode", { schema: object }, people, "role=admin&name=A%26B"],
    ["form, object", { schema: object, explode: false }, people, "p=role,admin,name,A%26B"],
    ["spaceDelimited", { schema: list, style: "spaceDelimited" }, ["a", "b"], "p=a%20b"],
    ["pipeDelimited", { schema: list, style: "pipeDelimited" }, ["a", "b"], "p=a%7Cb"],
    ["pipeDelimited, explode", { schema: list, style: "pipeDelimited", explode: true }, ["a", "b"], "p=a&p=b"],
    [
      "deepObject",
      { schema: object, style: "deepObject", explode: true },
      people,
      "p%5Brole%5D=admin&p%5Bname%5D=A%26B",
    ],
    ["deepObject, nested", { schema: object, style: "deepObject" }, { a: { gte: 1 } }, "p%5Ba%5D%5Bgte%5D=1"],
    ["content", { content: { "application/json": { schema: object } } }, { a: [1] }, "p=%7B%22a%22%3A%5B1%5D%7D"],
    ["empty list", { schema: list, explode: false }, [], ""],
    ["null", { schema: {} }, null, ""],
  ])("writes a query in the style %s", async (...[, parameter, value, expected]) => {
    expect(await seen(parameterTool({ in: "query", ...parameter }), { p: value }, "/search")).toBe(expected);
  });

  it.each<[string, JsonObject, JsonValue, string]>([
    ["text", { schema: { type: "string" } }, "a/b?c", "/api/things/a%2Fb%3Fc"],
    ["number", { schema: { type: "integer" } }, 7, "/api/things/7"],
    ["list", { schema: list }, ["a", "b/c"], "/api/things/a,b%2Fc"],
    ["object", { schema: object }, people, "/api/things/role,admin,name,A%26B"],
    ["object, explode", { schema: object, explode: true }, people, "/api/things/role=admin,name=A%26B"],
  ])("writes a path: %s", async (...[, parameter, value, expected]) => {
    expect(await seen(parameterTool({ in: "path", ...parameter }), { p: value }, "/pathname")).toBe(expected);
  });

  it("writes headers and cookies, and refuses what they cannot carry", async () => {
    const header = parameterTool({ in: "header", name: "X-Tags", schema: list });
    expect(await seen(header, { "X-Tags": ["a", "b"] }, "/headers/x-tags")).toBe("a,b");
    expect(refusal(header, { "X-Tags": ["a\r\nx-evil: 1"] })).toBe("x-tags: has characters that no header can carry");
    const cookie = parameterTool({ in: "cookie", schema: list, explode: false });
    expect(await seen(cookie, { p: ["a", "b;c"] }, "/headers/cookie")).toBe("p=a,b%3Bc");
  });

  it.each(["..", ".", "", "a/../../b"])("lets no path parameter leave its place: %j", (value) => {
    expect(refusal(parameterTool({ in: "path", schema: { type: "string" } }), { p: value })).toMatch(/^p: /);
  });

  it("merges a path's parameters with an operation's, which win, and tells names apart that occur twice", async () => {
    const document = documentOf({
      path: "/things/{id}",
      parameters: [
        { name: "id", in: "query", schema: { type: "integer" } },
        { name: "limit", in: "query", schema: { type: "integer", maximum: 10 } },
      ],
    });
    const get = atPointer(document, "/paths/~1things~1{id}/get") ?? null;
    const shared = [
      { name: "id", in: "path", required: true, schema: { type: "string" } },
      { name: "limit", in: "query", schema: { type: "string" } },
    ];
    const paths = { "/things/{id}": { get, parameters: shared } };
    const tool = open({ ...document, paths });
    expect(Object.keys(tool.parameters["properties"] ?? {})).toEqual(["id", "limit", "query_id"]);
    expect(await seen(tool, { id: "a", query_id: 2, limit: 3 }, "/search")).toBe("limit=3&id=2");
    expect(refusal(tool, { id: "a", limit: 11 })).toBe("/limit must be <= 10");
  });

  it("shows no header that the client, the body or the idempotency key fills in", async () => {
    const names = ["Accept", "Content-Type", "Authorization", "Host", "Idempotency-Key", "X-Real"];
    const parameters = names.map((name) => ({ name, in: "header", schema: { type: "string" } }));
    const tool = open(documentOf({ method: "put", parameters }));
    expect(Object.keys(tool.parameters["properties"] ?? {})).toEqual(["X-Real"]);
    expect(await seen(tool, {}, "/headers/idempotency-key")).toBe("key-1");
  });
});

describe("openApiTools: bodies", () => {
  const schema: JsonObject = { type: "object", properties: { a: { type: "string" } } };

  it.each<[string, string, JsonObject, JsonValue, string]>([
    ["JSON", "application/json; charset=utf-8", { schema }, { a: "é" }, '{"a":"é"}'],
    ["a JSON type", "application/vnd.api+json", { schema }, { a: "x" }, '{"a":"x"}'],
    [
      "a form",
      "application/x-www-form-urlencoded",
      { schema },
      { a: "b&c", n: 1, l: ["x", "y"], o: { k: 1 }, z: null },
      "a=b%26c&n=1&l=x&l=y&o=%7B%22k%22%3A1%7D",
    ],
    [
      "a form with a style",
      "application/x-www-form-urlencoded",
      { schema, encoding: { o: { style: "deepObject" } } },
      { o: { k: 1 } },
      "o%5Bk%5D=1",
    ],
    ["text", "text/plain", { schema: { type: "string" } }, "hello", "hello"],
  ])("sends %s", async (...[, type, media, body, expected]) => {
    const tool = bodyTool(type, media);
    expect(await seen(tool, { body }, "/body")).toBe(expected);
    expect(await seen(tool, { body }, "/headers/content-type")).toBe(type);
    expect(tool).toMatchObject({ sideEffects: "unsafe", onUnknownOutcome: "ask" });
    expect(refusal(tool, {})).toBe("the arguments must have required property 'body'");
  });

  it("sends parts, whose names and values cannot break out", async () => {
    const tool = bodyTool("multipart/form-data", { schema });
    const body = { a: "one\r\n--boundary", 'b"\r\n': ["x", { y: 1 }], n: null };
    const answer = JSON.stringify(await call(tool, { body }));
    expect(answer).toContain('"multipart/form-data; boundary=');
    expect(answer.match(/Content-Disposition/g)).toHaveLength(3);
    expect(answer).toContain('name=\\"b%22%0D%0A\\"');
    expect(answer).toContain('{\\"y\\":1}');
  });

  it("leaves out a body that is optional and not given", async () => {
    const tool = open(documentOf({ method: "post", requestBody: { content: { "application/json": { schema } } } }));
    expect(await seen(tool, {}, "/body")).toBe("");
    expect(await seen(tool, {}, "/headers/content-type")).toBeUndefined();
  });

  it("refuses an operation that takes only what a model cannot write, with the place", () => {
    const requestBody = { content: { "application/octet-stream": {} } };
    expect(fault(documentOf({ method: "put", requestBody }))).toContain(
      "at #/paths/~1things/put/requestBody/content: no body of the types 'application/octet-stream'",
    );
  });
});

describe("openApiTools: schemas", () => {
  it("keeps schemas that contain themselves finite", () => {
    const node = {
      type: "object",
      required: ["name"],
      properties: {
        name: { type: "string" },
        children: { type: "array", items: { $ref: "#/components/schemas/Node" } },
        parent: { $ref: "#/components/schemas/Link" },
      },
    };
    const tool = open(
      withBody({ $ref: "#/components/schemas/Node" }, { Node: node, Link: { $ref: "#/components/schemas/Node" } }),
    );
    expect(bodySchema(tool)).toEqual({ $ref: "#/$defs/Node" });
    expect(Object.keys(tool.parameters["$defs"] ?? {})).toEqual(["Node"]);
    expect(refusal(tool, { body: { name: "a", children: [{ name: "b", parent: {} }] } })).toBe(
      "/body/children/0/parent must have required property 'name'",
    );
  });

  it("leaves out what is read only and keeps what is write only", () => {
    const user = {
      type: "object",
      required: ["id", "password"],
      additionalProperties: false,
      properties: {
        id: { type: "integer", readOnly: true },
        password: { type: "string", writeOnly: true },
        created: { $ref: "#/components/schemas/Time" },
      },
    };
    const tool = open(
      withBody({ $ref: "#/components/schemas/User" }, { User: user, Time: { type: "string", readOnly: true } }),
    );
    expect(atPointer(tool.parameters, "/$defs/User")).toEqual({
      type: "object",
      required: ["password"],
      additionalProperties: false,
      properties: { password: { type: "string" } },
    });
    expect(tool.parse({ body: { password: "x" } })).toMatchObject({ ok: true });
    expect(refusal(tool, { body: { password: "x", id: 1 } })).toContain('additional properties: "id"');
  });

  it.each<[string, JsonValue]>([
    ["further properties", { type: "object", properties: { id: { readOnly: true } } }],
    ["further properties of a reference", { $ref: "#/components/schemas/Thing" }],
    ["a branch", { anyOf: [{ allOf: [{ $ref: "#/components/schemas/Thing" }] }, { type: "object" }] }],
    ["a branch that leads back", { $ref: "#/components/schemas/Loop" }],
  ])("never sends what is read only, not where %s would let it in", async (_title, schema) => {
    const thing = {
      type: "object",
      properties: { id: { type: "string", readOnly: true }, name: { type: "string" } },
    };
    const loop = { allOf: [{ $ref: "#/components/schemas/Thing" }], not: { required: ["no"] } };
    const holder = { type: "object", properties: { things: { type: "array", items: schema }, whole: schema } };
    const tool = open(withBody(holder, { Thing: thing, Loop: loop }));
    const given = { id: "x", name: "n" };
    const sent = await seen(tool, { body: { things: [given], whole: given } }, "/body");
    expect(parseJson(typeof sent === "string" ? sent : "")).toEqual({ things: [{ name: "n" }], whole: { name: "n" } });
  });

  it("never sends what is read only in further properties", async () => {
    const thing = {
      type: "object",
      properties: { id: { readOnly: true } },
      additionalProperties: { $ref: "#/components/schemas/Thing" },
    };
    const tool = open(withBody({ $ref: "#/components/schemas/Thing" }, { Thing: thing }));
    const sent = await seen(tool, { body: { more: { id: {}, deep: { id: {} } } } }, "/body");
    expect(parseJson(typeof sent === "string" ? sent : "")).toEqual({ more: { deep: {} } });
  });

  it("requires nothing that another branch of allOf has read only", () => {
    const base = { type: "object", properties: { id: { type: "integer", readOnly: true } } };
    const tool = open(
      withBody({ allOf: [{ $ref: "#/components/schemas/Base" }, { required: ["id"] }] }, { Base: base }),
    );
    expect(tool.parse({ body: {} })).toMatchObject({ ok: true });
  });

  it("translates what 3.0 writes in other words", () => {
    const schema = {
      type: "object",
      properties: {
        a: { type: "string", nullable: true, enum: ["x"], example: "x" },
        b: { type: "number", minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
        c: { nullable: true, allOf: [{ $ref: "#/components/schemas/C" }], xml: { name: "c" }, "x-own": 1 },
        d: { $ref: "#/components/schemas/C", description: "The other one.", nullable: true },
      },
    };
    const tool = open(withBody(schema, { C: { type: "integer" } }, "3.0.3"));
    expect(atPointer(tool.parameters, "/properties/body/properties")).toEqual({
      a: { type: ["string", "null"], enum: ["x", null], examples: ["x"] },
      b: { type: "number", exclusiveMinimum: 0, maximum: 9 },
      c: { anyOf: [{ allOf: [{ $ref: "#/$defs/C" }] }, { type: "null" }] },
      d: { $ref: "#/$defs/C", description: "The other one." },
    });
    expect(tool.parse({ body: { a: null, b: 0.1, c: null } })).toMatchObject({ ok: true });
    expect(refusal(tool, { body: { b: 0 } })).toBe("/body/b must be > 0");
  });

  it("runs patterns in linear time, and refuses what cannot be, unless told to leave it to the server", () => {
    const slow = open(withBody({ type: "string", pattern: "^(a+)+$" }));
    const started = performance.now();
    expect(refusal(slow, { body: `${"a".repeat(50_000)}!` })).toContain('must match pattern "^(a+)+$"');
    expect(performance.now() - started).toBeLessThan(5_000);
    const ahead = withBody({ type: "string", pattern: "^(?=.*x).+$" });
    expect(fault(ahead)).toMatch(/application~1json\/schema\/pattern: the pattern cannot be run in linear time/);
    expect(fault(withBody({ type: "string", pattern: "a".repeat(1_001) }))).toContain("longer than 1000 characters");
    expect(bodySchema(open(ahead, { unsupportedPatterns: "ignore" }))).toEqual({ type: "string" });
  });

  it("tells a model all that is wrong, up to ten lines", () => {
    const tool = open(withBody({ type: "array", items: { enum: ["a", "b"] } }));
    expect(refusal(tool, { body: ["c"] })).toBe('/body/0 must be equal to one of the allowed values: ["a","b"]');
    const lines = refusal(tool, { body: Array.from({ length: 30 }, () => "c") }).split("\n");
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe("and 20 more");
    expect(refusal(tool, { body: [], more: 1 })).toContain('additional properties: "more"');
    expect(refusal(tool, "text")).toBe("the arguments must be object");
  });

  it("checks answers against the document when it is told to", async () => {
    const thing = {
      type: "object",
      required: ["id", "secret"],
      properties: { id: { type: "integer" }, secret: { type: "string", writeOnly: true } },
      additionalProperties: false,
    };
    const document = documentOf(
      {
        path: "/answers/{kind}",
        parameters: [{ name: "kind", in: "path", required: true, schema: { type: "string" } }],
        responses: { "2XX": { $ref: "#/components/responses/Thing" } },
      },
      {
        components: {
          responses: { Thing: { content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } } },
          schemas: { Thing: { ...thing, properties: { ...thing.properties, name: {} } } },
        },
      },
    );
    const checked = open(document, { validateResponses: true });
    expect(await call(checked, { kind: "good" })).toEqual({ status: 200, body: { id: 1, name: "one" } });
    await expect(call(checked, { kind: "bad" })).rejects.toMatchObject({ code: "tool_result_invalid" });
    await expect(call(checked, { kind: "bad" })).rejects.toThrow("/id must be integer");
    await expect(call(checked, { kind: "list" })).rejects.toThrow("the answer must be object");
    expect(await call(open(document), { kind: "bad" })).toMatchObject({ status: 200 });
  });
});

describe("openApiTools: references and documents", () => {
  it("reads YAML, JSON and objects alike, and names tools after their operations", () => {
    const document = documentOf({ operationId: "get/the thing!" });
    for (const form of [document, JSON.stringify(document), stringify(document)])
      expect(open(form).name).toBe("get_the_thing_");
    const paths = {
      "/a": { get: { responses: {} }, post: { operationId: "x".repeat(80) } },
      "/b": { get: { operationId: "a b" }, post: { operationId: "a.b" } },
    };
    const names = openApiTools({ ...document, paths }, { baseUrl, client, prefix: "shop_" }).map(({ name }) => name);
    expect(names[0]).toBe("shop_get_a");
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/);
  });

  it("follows references to parameters, bodies, paths and into other documents that are given", async () => {
    const common = {
      parameters: { Id: { name: "id", in: "path", required: true, schema: { $ref: "#/schemas/Id" } } },
      schemas: { Id: { type: "string", maxLength: 3 } },
    };
    const document = {
      openapi: "3.1.0",
      paths: { "/things/{id}": { $ref: "#/components/pathItems/Thing" } },
      components: {
        pathItems: {
          Thing: {
            parameters: [{ $ref: "common.yaml#/parameters/Id" }],
            post: { operationId: "things", requestBody: { $ref: "#/components/requestBodies/Body" } },
          },
        },
        requestBodies: { Body: { content: { "application/json": { schema: { type: "integer" } } } } },
      },
    };
    expect(fault(document)).toContain("it refers to 'common.yaml', which is outside of the document");
    const tool = open(document, { documents: { "common.yaml": stringify(common) } });
    expect(await seen(tool, { id: "abc", body: 5 }, "/body")).toBe("5");
    expect(refusal(tool, { id: "abcd" })).toBe("/id must NOT have more than 3 characters");
  });

  it.each<[string, string | object, string]>([
    ["no document", "hello", "at #: "],
    ["broken YAML", "a: [", "at #: it is neither JSON nor YAML"],
    ["a name of the language", '{"openapi":"3.1.0","paths":{"__proto__":{}}}', "it has the name '__proto__'"],
    ["broken JSON", "{", "at #: it is neither JSON nor YAML"],
    ["Swagger 2", { swagger: "2.0" }, "at #/openapi: this is no OpenAPI 3 document"],
    ["a later version", { openapi: "4.0.0" }, "at #: OpenAPI 4.0.0 is not supported"],
    ["a path without a slash", { openapi: "3.1.0", paths: { x: {} } }, "at #/paths/x: a path starts with '/'"],
    [
      "a parameter without a name",
      documentOf({ parameters: [{ in: "query" }] }),
      "at #/paths/~1things/get/parameters/0/name",
    ],
    ["a parameter nowhere", documentOf({ parameters: [{ name: "a", in: "body" }] }), "/parameters/0/in"],
    [
      "an unknown style",
      documentOf({ parameters: [{ name: "a", in: "query", style: "matrix" }] }),
      "/parameters/0/style: the style 'matrix'",
    ],
    [
      "a reference to nothing",
      documentOf({ parameters: [{ $ref: "#/nothing" }] }),
      "/parameters/0: it refers to '#/nothing'",
    ],
    [
      "a reference to a file",
      documentOf({ parameters: [{ $ref: "file:///etc/passwd#/a" }] }),
      "outside of the document",
    ],
    [
      "a reference to a server",
      documentOf({ parameters: [{ $ref: "http://169.254.169.254/" }] }),
      "outside of the document",
    ],
    [
      "a reference to itself",
      documentOf({ parameters: [{ $ref: "#/a" }] }, { a: { $ref: "#/a" } }),
      "leads back to itself",
    ],
    ["a reference to an anchor", documentOf({ parameters: [{ $ref: "#a" }] }), "'#a' is no JSON pointer"],
    [
      "a schema that is none",
      documentOf({ parameters: [{ name: "a", in: "query", schema: [] }] }),
      "/schema: a schema is an object",
    ],
    [
      "a type that there is not",
      documentOf({ parameters: [{ name: "a", in: "query", schema: { type: "text" } }] }),
      "have no valid schema",
    ],
    ["a placeholder without a parameter", documentOf({ path: "/things/{id}" }), "'id'"],
    [
      "two operations of one id",
      { openapi: "3.1.0", paths: { "/a": { get: { operationId: "x" }, put: { operationId: "x" } } } },
      "two operations have the id 'x'",
    ],
    [
      "an undescribed server variable",
      documentOf({}, { servers: [{ url: "https://{a}.example" }] }),
      "the variable 'a'",
    ],
    ["a document without paths", { openapi: "3.1.0", webhooks: {} }, "at #/paths: there are no paths"],
    ["a path that leads out of the server's", documentOf({ path: "/../admin" }), "no '.' or '..' segment"],
    ["a path that hides where it leads", documentOf({ path: "/a/%2e%2e%2fadmin" }), "no '.' or '..' segment"],
    ["a path with a backslash", documentOf({ path: "/..\\admin" }), "no backslash"],
    ["an unknown security scheme", documentOf({ security: [{ key: [] }] }), "at #/components/securitySchemes/key"],
  ])("refuses %s with the place of the fault", (title, document, reason) => {
    const found = fault(document, { useServers: title.includes("server variable") });
    expect(found).toMatch(/^openapi_document_invalid /);
    expect(found).toContain(reason);
  });

  it.each([
    ["an unknown tag", "openapi: !private 3.1.0\npaths: {}"],
    ["a map as a key", "openapi: 3.1.0\n? { private: 1 }\n: 2\npaths: {}"],
  ])("prints nothing about YAML with %s", async (_title, document) => {
    const printed: unknown[] = [];
    const print = (warning: unknown): void => void printed.push(warning);
    process.on("warning", print);
    fault(document);
    // Warnings are delivered in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", print);
    expect(printed).toEqual([]);
  });

  it("refuses YAML that its parser would only warn of", () => {
    expect(fault("openapi: !private 3.1.0\npaths: {}")).toContain("neither JSON nor YAML");
  });

  it("refuses what is nested without end", () => {
    const deep = `{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":[{"name":"a","in":"query","schema":${'{"items":'.repeat(5_000)}{}${"}".repeat(5_000)}}]}}}}`;
    expect(fault(deep)).toContain("nested too deep");
    expect(
      fault(
        `openapi: 3.1.0\na: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefgh"
          .split("")
          .map((letter, index) => `${letter}: &${letter} [${`*${"abcdefg"[index]},`.repeat(9)}]`)
          .join("\n")}`,
      ),
    ).toContain("neither JSON nor YAML");
  });
});

describe("openApiTools: servers", () => {
  it("uses the innermost server with its variables, or the base URL that is given", async () => {
    let url = "";
    const spy: HttpClient = {
      send: async (request) => {
        url = String(request.url);
        return Promise.resolve({ status: 204, headers: {}, url: new URL(url), body: new Uint8Array() });
      },
      close: async () => Promise.resolve(),
    };
    const server = {
      url: "https://{region}.example.com/v1/",
      variables: { region: { default: "eu", enum: ["eu", "us"] } },
    };
    const urlOf = async (document: JsonObject, options: OpenApiToolsOptions = {}): Promise<string> => {
      const [tool] = openApiTools(document, { client: spy, ...options });
      await tool?.execute({}, toolContext());
      return url;
    };
    expect(await urlOf(documentOf({}, { servers: [server] }))).toBe("https://eu.example.com/v1/things");
    const options = { serverVariables: { region: "us" } };
    expect(await urlOf(documentOf({}, { servers: [server] }), options)).toBe("https://us.example.com/v1/things");
    const inner = documentOf({ servers: [{ url: "https://inner.example" }] }, { servers: [server] });
    expect(await urlOf(inner)).toBe("https://inner.example/things");
    expect(await urlOf(inner, { baseUrl: "https://given.example/x/" })).toBe("https://given.example/x/things");
    const failing =
      (document: JsonObject, given: OpenApiToolsOptions = {}) =>
      () =>
        openApiTools(document, { client: spy, ...given });
    expect(failing(documentOf({}, { servers: [server] }), { serverVariables: { region: "x" } })).toThrow(
      "one of eu, us",
    );
    expect(failing(documentOf({}))).toThrow("give the option 'baseUrl'");
    expect(failing(documentOf({}, { servers: [{ url: "/v1" }] }))).toThrow("is not absolute");
    expect(failing(documentOf({}), { baseUrl: "https://a:b@x.example" })).toThrow("user name or password");
    expect(failing(documentOf({}), { baseUrl: "file:///x" })).toThrow("neither https nor http");
  });
});

describe("openApiTools: credentials", () => {
  const securitySchemes: JsonObject = {
    header: { type: "apiKey", in: "header", name: "X-API-Key" },
    query: { type: "apiKey", in: "query", name: "key" },
    cookie: { type: "apiKey", in: "cookie", name: "sid" },
    basic: { type: "http", scheme: "Basic" },
    bearer: { type: "http", scheme: "bearer" },
    oauth: { type: "oauth2", flows: {} },
    oidc: { type: "openIdConnect", openIdConnectUrl: "https://x.example" },
    digest: { type: "http", scheme: "digest" },
    tls: { type: "mutualTLS" },
  };
  const secured = (security: JsonValue, change: JsonObject = {}): JsonObject =>
    documentOf({ security, ...change }, { components: { securitySchemes } });

  it.each([
    ["header", "KEY", "/headers/x-api-key", "[secret]"],
    ["query", "KEY", "/search", "key=[secret]"],
    ["cookie", "KEY", "/headers/cookie", "sid=[secret]"],
    ["cookie", "ODD", "/headers/cookie", "sid=[secret]"],
    ["basic", "LOGIN", "/headers/authorization", "Basic [secret]"],
    ["bearer", "KEY", "/headers/authorization", "Bearer [secret]"],
    ["oauth", "KEY", "/headers/authorization", "Bearer [secret]"],
    ["oidc", "KEY", "/headers/authorization", "Bearer [secret]"],
  ])("sends %s from the secret source, unseen by the model", async (...[scheme, secret, pointer, expected]) => {
    const tool = open(secured([{ [scheme]: [] }]), { credentials: { [scheme]: secret } });
    expect(await seen(tool, {}, pointer)).toBe(expected);
  });

  it("takes the first requirement that can be met, all of its schemes, and none where none is needed", async () => {
    const either = secured([{ basic: [] }, { header: [], query: [] }, { bearer: [] }]);
    const both = open(either, { credentials: { header: "KEY", query: "KEY", bearer: "KEY" } });
    expect(await call(both, {})).toMatchObject({
      body: { search: "key=[secret]", headers: { "x-api-key": "[secret]" } },
    });
    expect(await seen(both, {}, "/headers/authorization")).toBeUndefined();
    const open_ = open(secured([{}, { bearer: [] }]));
    expect(await seen(open_, {}, "/headers/authorization")).toBeUndefined();
    const known = open(secured([{}, { bearer: [] }]), { credentials: { bearer: "KEY" } });
    expect(await seen(known, {}, "/headers/authorization")).toBe("Bearer [secret]");
  });

  it("lets an operation's own requirements take the place of the document's", async () => {
    const document = { ...secured([], {}), security: [{ bearer: [] }] };
    expect(await seen(open(document), {}, "/headers/authorization")).toBeUndefined();
    expect(fault(secured([{ header: [], query: [] }, { bearer: [] }]))).toContain(
      "it needs credentials for 'header' and 'query', or 'bearer'; name their secrets in 'credentials'",
    );
  });

  it("shows no argument that a credential fills in", async () => {
    const parameters = [{ name: "x-api-key", in: "header", required: true, schema: { type: "string" } }];
    const tool = open(secured([{ header: [] }], { parameters }), { credentials: { header: "KEY" } });
    expect(tool.parameters["properties"]).toEqual({});
    expect(await seen(tool, {}, "/headers/x-api-key")).toBe("[secret]");
  });

  it("fails without the secret, and refuses schemes that it cannot use", async () => {
    const tool = open(secured([{ bearer: [] }]), { credentials: { bearer: "NONE" } });
    await expect(call(tool, {})).rejects.toMatchObject({ code: "secret_not_found" });
    expect(fault(secured([{ digest: [] }]), { credentials: { digest: "KEY" } })).toContain("'digest' is not supported");
    expect(fault(secured([{ tls: [] }]), { credentials: { tls: "KEY" } })).toContain("certificates are not supported");
  });
});

describe("openApiTools: declarations", () => {
  it("takes side effects from the method and the rest from the operator", () => {
    const paths = Object.fromEntries(
      ["get", "put", "post", "delete", "patch"].map((method) => [
        `/${method}`,
        { [method]: { operationId: method, tags: ["x"] } },
      ]),
    );
    const tools = openApiTools(
      { openapi: "3.0.0", paths },
      {
        baseUrl,
        client,
        declare: ({ id }) => (id === "post" ? { sideEffects: "idempotent", roles: ["clerk"], timeoutMs: 5 } : {}),
      },
    );
    expect(tools.map(({ name, sideEffects }) => [name, sideEffects])).toEqual([
      ["get", "none"],
      ["put", "idempotent"],
      ["post", "idempotent"],
      ["delete", "idempotent"],
      ["patch", "unsafe"],
    ]);
    expect(tools[2]).toMatchObject({ roles: ["clerk"], timeoutMs: 5, onUnknownOutcome: "retry" });
  });

  it("makes tools of the operations that are selected, and does not mind what is wrong with others", () => {
    const paths = {
      "/a": { get: { operationId: "good", tags: ["in"] } },
      "/b": { get: { operationId: "bad", parameters: [{ $ref: "#/nothing" }] } },
    };
    const tool = open(
      { openapi: "3.1.0", paths },
      { select: ({ tags, method, path }) => tags.includes("in") && method === "GET" && path === "/a" },
    );
    expect(tool.name).toBe("good");
  });

  it("describes a tool by its operation, within what models are given", () => {
    const summary = "Lists things.";
    expect(open(documentOf({ summary, description: "All of them.", deprecated: true })).description).toBe(
      "Deprecated.\nLists things.\nAll of them.",
    );
    expect(open(documentOf({})).description).toBe("GET /things");
    expect(open(documentOf({ description: "x".repeat(5_000) })).description).toHaveLength(1_024);
  });
});
