/**
 * A back office describes its 54 operations by an OpenAPI document. Each becomes a tool; an agent uses all of them over a real
 * connection, learns from arguments that do not fit, and never sees the key that opens the door.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { createAgentKit, createInMemoryEventLog, defineAgent, isFunctionCallOutput } from "@agentkit/core";
import type { JsonValue } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import type { ScriptedAnswer } from "@agentkit/core/testing";
import { createHttpClient, environmentSecrets, openApiTools } from "@agentkit/tools";
import { backOfficeDocument, resources } from "./back-office/document.ts";
import { startBackOffice } from "./back-office/server.ts";

const apiKey = "key-of-the-back-office";
const office = await startBackOffice(apiKey);
// Loopback is no place of the public internet: a policy has to name it.
const client = createHttpClient({ schemes: ["http"], ports: "any", allowPrivate: ["127.0.0.1"] });

const tools = openApiTools(backOfficeDocument(), {
  baseUrl: office.baseUrl,
  credentials: { apiKey: "BACK_OFFICE_KEY" },
  secrets: environmentSecrets({ names: ["BACK_OFFICE_KEY"], environment: { BACK_OFFICE_KEY: apiKey } }),
  validateResponses: true,
  client,
});
strictEqual(tools.length, 54);
say(
  `The document gives ${tools.length} tools, for instance ${tools
    .slice(0, 5)
    .map(({ name }) => name)
    .join(", ")}.`,
);

const calls = (...list: readonly (readonly [name: string, input: JsonValue])[]): ScriptedAnswer => ({
  calls: list.map(([name, input]) => ({ name, arguments: input })),
});
const each = (verb: string, input: (name: string, example: JsonValue) => JsonValue): ScriptedAnswer =>
  calls(...resources.map(({ name, example }) => [`${verb}${capital(name)}`, input(`${name}-1`, example)] as const));

const order = { customer: "customer-1", lines: [{ sku: "LAMP-01", quantity: 3 }] };
const script: readonly ScriptedAnswer[] = [
  each("create", (_, body) => ({ body })),
  calls(...resources.map(({ plural }) => [`list${capital(plural)}`, { limit: 10 }] as const)),
  each("get", (id) => ({ id })),
  each("replace", (id, body) => ({ id, body })),
  calls(
    ...resources.flatMap(({ name, actions = [] }) =>
      actions.map((verb) => [`${verb}${capital(name)}`, { id: `${name}-1` }] as const),
    ),
  ),
  each("delete", (id) => ({ id })),
  { text: "I have used every operation of the back office." },

  calls(["createCustomer", { body: { name: "Grace Hopper", email: "grace@example.com", phone: null } }]),
  calls(["listCustomers", { filter: { name: "Grace Hopper" } }]),
  calls(["createOrder", { body: { ...order, lines: [{ sku: "LAMP-01", quantity: 0 }] } }]),
  calls(["getOrder", { id: "../customers/customer-1" }]),
  calls(["createOrder", { body: order }]),
  calls(["getOrder", { id: "order-9" }]),
  { text: "Grace's order of three lamps is order-1." },
];
const model = scriptedModel(script);
const agent = defineAgent({ name: "clerk", model: "scripted", tools });
const log = createInMemoryEventLog();
const kit = createAgentKit({ log, model, agents: [agent] });

const first = await kit.run({ input: "Show me that everything works." });
strictEqual(first.outcome, "completed");
strictEqual(new Set(office.requests).size, 54);
strictEqual(office.idempotencyKeys.size, 14);
say(
  `The agent used every operation: ${office.requests.length} requests, a key of its own on each of the 14 that are unsafe.`,
);

const before = office.requests.length;
const second = await kit.run({ session: first.session, input: "Three lamps for Grace Hopper, please." });
strictEqual(second.outcome, "completed");
deepStrictEqual(office.requests.slice(before), [
  "POST /v1/customers",
  "GET /v1/customers",
  "POST /v1/orders",
  "GET /v1/orders/order-9",
]);
const outputs = (model.requests.at(-1)?.input ?? []).filter(isFunctionCallOutput).map(({ output }) => toText(output));
const [, found, badQuantity, badPath, created, missing] = outputs.slice(-6);
ok(found?.includes("grace@example.com"));
ok(badQuantity?.includes("/body/lines/0/quantity must be >= 1"));
ok(badPath?.includes("/id must match pattern"));
ok(created?.includes("order-1"));
ok(missing?.includes("answered with status 404"));
say(`Of an order of no lamps the model was told: ${messageOf(badQuantity)}`);
say(`Of a path in the place of an id: ${messageOf(badPath)}. Neither reached the server.`);
say(second.text);

const { status, events } = await kit.replay(first.session);
strictEqual(status, "identical");
strictEqual(office.requests.length, before + 4);
for await (const event of log.readAll()) ok(!JSON.stringify(event.data).includes(apiKey));
say(`Replayed ${events} events without a request: ${status}. The key is in none of them.`);

await client.close();
await office.close();
await log.close();

/** A tool's output is a text; the Responses API has room for more. */
function toText(output: unknown): string {
  return typeof output === "string" ? output : "";
}

/** The message in what a model is told of a call that failed. */
function messageOf(output: string | undefined): string {
  return /"message":"(.*)"\}\}$/.exec(output ?? "")?.[1]?.replaceAll('\\"', '"') ?? "";
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
