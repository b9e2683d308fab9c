import type { JsonObject } from "@agentkit/core";

/** What the back office keeps: the fields that a client writes, and an example of them. */
export interface Resource {
  readonly name: string;
  readonly plural: string;
  readonly fields: JsonObject;
  readonly example: JsonObject;
  /** What can be done to one besides. */
  readonly actions?: readonly string[];
}

const text = { type: "string", minLength: 1, maxLength: 200 };
const reference = { type: "string", pattern: "^[a-z]+-[0-9]+$" };
const money = { $ref: "#/components/schemas/Money" };

const customer = "customer-1";
const tenEuros = { amount: 1_000, currency: "EUR" };

/** Ten kinds of things, each with five operations, and four actions: 54 operations. */
export const resources: readonly Resource[] = [
  {
    name: "customer",
    plural: "customers",
    fields: { name: text, email: { type: "string", format: "email" }, phone: { type: ["string", "null"] } },
    example: { name: "Ada Lovelace", email: "ada@example.com", phone: null },
  },
  {
    name: "product",
    plural: "products",
    fields: { sku: { type: "string", pattern: "^[A-Z0-9-]{3,20}$" }, title: text, price: money },
    example: { sku: "LAMP-01", title: "Desk lamp", price: tenEuros },
  },
  {
    name: "order",
    plural: "orders",
    fields: {
      customer: reference,
      lines: { type: "array", minItems: 1, maxItems: 100, items: { $ref: "#/components/schemas/Line" } },
    },
    example: { customer, lines: [{ sku: "LAMP-01", quantity: 2 }] },
    actions: ["cancel"],
  },
  {
    name: "invoice",
    plural: "invoices",
    fields: { order: reference, total: money, due: { type: "string", format: "date" } },
    example: { order: "order-1", total: tenEuros, due: "2026-12-24" },
    actions: ["send"],
  },
  {
    name: "payment",
    plural: "payments",
    fields: { invoice: reference, amount: money, method: { enum: ["card", "transfer"] } },
    example: { invoice: "invoice-1", amount: tenEuros, method: "card" },
    actions: ["capture"],
  },
  {
    name: "refund",
    plural: "refunds",
    fields: { payment: reference, amount: money, reason: text },
    example: { payment: "payment-1", amount: tenEuros, reason: "It arrived broken." },
  },
  {
    name: "shipment",
    plural: "shipments",
    fields: { order: reference, carrier: text, weight: { type: "number", exclusiveMinimum: 0 } },
    example: { order: "order-1", carrier: "Post", weight: 1.2 },
  },
  {
    name: "supplier",
    plural: "suppliers",
    fields: { name: text, country: { type: "string", pattern: "^[A-Z]{2}$" } },
    example: { name: "Lamps & Co", country: "DE" },
  },
  {
    name: "warehouse",
    plural: "warehouses",
    fields: { city: text, capacity: { type: "integer", minimum: 0 } },
    example: { city: "Hamburg", capacity: 10_000 },
  },
  {
    name: "ticket",
    plural: "tickets",
    fields: { customer: reference, subject: text, priority: { enum: ["low", "normal", "high"] } },
    example: { customer, subject: "My lamp flickers", priority: "normal" },
    actions: ["close"],
  },
];

/** The OpenAPI document of the back office, as its server would publish it. */
export function backOfficeDocument(): JsonObject {
  return {
    openapi: "3.1.0",
    info: { title: "Back office", version: "1.0.0" },
    servers: [{ url: "https://back-office.example.com/v1" }],
    security: [{ apiKey: [] }],
    paths: Object.fromEntries(resources.flatMap(pathsOf)),
    components: {
      securitySchemes: { apiKey: { type: "apiKey", in: "header", name: "X-API-Key" } },
      parameters: {
        id: { name: "id", in: "path", required: true, schema: reference },
        limit: { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100 } },
        filter: { name: "filter", in: "query", style: "deepObject", explode: true, schema: { type: "object" } },
      },
      schemas: { ...Object.fromEntries(resources.map(schemaOf)), ...valueSchemas },
    },
  };
}

const valueSchemas: JsonObject = {
  Money: {
    type: "object",
    description: "An amount in the currency's smallest unit.",
    required: ["amount", "currency"],
    properties: { amount: { type: "integer" }, currency: { enum: ["EUR", "USD"] } },
  },
  Line: {
    type: "object",
    required: ["sku", "quantity"],
    properties: { sku: text, quantity: { type: "integer", minimum: 1, maximum: 1_000 } },
  },
};

function schemaOf({ name, fields }: Resource): readonly [string, JsonObject] {
  const kept = { id: { ...reference, readOnly: true }, status: { type: "string", readOnly: true } };
  const required = ["id", "status", ...Object.keys(fields)];
  return [capital(name), { type: "object", required, additionalProperties: false, properties: { ...kept, ...fields } }];
}

function pathsOf({ name, plural, actions = [] }: Resource): readonly (readonly [string, JsonObject])[] {
  const title = capital(name);
  const schema = { $ref: `#/components/schemas/${title}` };
  const one = { content: { "application/json": { schema } } };
  const requestBody = { required: true, ...one };
  const id = { $ref: "#/components/parameters/id" };
  const operation = (operationId: string, summary: string, more: JsonObject): JsonObject => ({
    operationId,
    summary,
    tags: [plural],
    ...more,
  });
  const list = { type: "object", required: ["data"], properties: { data: { type: "array", items: schema } } };
  const found = { "200": one };
  const many = { "200": { content: { "application/json": { schema: list } } } };
  const filters = [{ $ref: "#/components/parameters/limit" }, { $ref: "#/components/parameters/filter" }];
  return [
    [
      `/${plural}`,
      {
        get: operation(`list${capital(plural)}`, `Lists ${plural}.`, { parameters: filters, responses: many }),
        post: operation(`create${title}`, `Creates one of the ${plural}.`, { requestBody, responses: { "201": one } }),
      },
    ],
    [
      `/${plural}/{id}`,
      {
        parameters: [id],
        get: operation(`get${title}`, `Gets one of the ${plural}.`, { responses: found }),
        put: operation(`replace${title}`, `Replaces one of the ${plural}.`, { requestBody, responses: found }),
        delete: operation(`delete${title}`, `Deletes one of the ${plural}.`, { responses: { "204": {} } }),
      },
    ],
    ...actions.map((action) => {
      const post = operation(`${action}${title}`, `${capital(action)}s one of the ${plural}.`, { responses: found });
      return [`/${plural}/{id}/${action}`, { parameters: [id], post }] as const;
    }),
  ];
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
