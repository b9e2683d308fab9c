import type { JsonObject, JsonValue } from "@agentkit/core";
import { encodeValue, fillPath, placeholdersOf } from "../http/fill-template.ts";
import { isHeaderText } from "../http/secret-header.ts";
import { isJsonObject } from "../json/json-shape.ts";
import type { Credential } from "./credentials.ts";
import { documentInvalid } from "./document-node.ts";
import { isDescribedElsewhere, readParameter } from "./parameter.ts";
import type { Parameter } from "./parameter.ts";
import type { OperationParts, OperationSource } from "./read-operations.ts";
import { readRequestBody } from "./request-body.ts";
import type { RequestBody } from "./request-body.ts";
import type { SchemaWriter } from "./schema-writer.ts";
import type { ReadOnlyFilter } from "./without-read-only.ts";
import { toPairs, toSimple } from "./serialize-value.ts";

/** What an operation's arguments are called, and where each goes. */
export interface OperationArguments {
  /** JSON Schema of the arguments. */
  readonly schema: JsonObject;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly body: { readonly property: string; readonly body: RequestBody } | undefined;
  readonly withoutReadOnly: ReadOnlyFilter;
}

/** The parts of a request that arguments make, or why they make none, for the model. */
export type FilledArguments =
  | {
      readonly ok: true;
      readonly path: string;
      readonly query: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
      readonly cookies: readonly string[];
      readonly body: JsonValue | undefined;
    }
  | { readonly ok: false; readonly message: string };

/** What the arguments of an operation are made of. */
export interface ArgumentsInput {
  readonly source: OperationSource;
  readonly parts: OperationParts;
  readonly writer: SchemaWriter;
  readonly withoutReadOnly: ReadOnlyFilter;
  /** What credentials fill in is no argument. */
  readonly credentials: readonly Credential[];
  /** The header that the call's idempotency key fills in is none either. */
  readonly idempotencyHeader: string | false;
}

/**
 * Makes one flat object of an operation's parameters, with the body as one more property. A name that occurs twice gets the
 * place before it: `query_id`.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function readArguments(input: ArgumentsInput): OperationArguments {
  const { parts, source, writer } = input;
  const parameters = new Map<string, Parameter>();
  const properties: Record<string, JsonValue> = {};
  const required: string[] = [];
  for (const node of parts.parameters) {
    const parameter = readParameter(node);
    if (isDescribedElsewhere(parameter) || isFilledIn(parameter, input)) continue;
    const property = toProperty(parameter.name, parameter.in, properties);
    parameters.set(property, parameter);
    properties[property] = withDescription(writer.write(parameter.schema), parameter.description);
    if (parameter.required) required.push(property);
  }
  checkPlaceholders(source, [...parameters.values()]);
  const body = parts.requestBody && readRequestBody(parts.requestBody);
  const bodyProperty = toProperty("body", "request", properties);
  if (body) {
    properties[bodyProperty] = withDescription(writer.write(body.schema), body.description);
    if (body.required) required.push(bodyProperty);
  }
  const definitions = writer.definitions();
  const schema = {
    type: "object",
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
  };
  const { withoutReadOnly } = input;
  return { schema, parameters, body: body && { property: bodyProperty, body }, withoutReadOnly };
}

/** Puts arguments that fit the schema into their places. Pure. */
export function fillArguments(path: string, plan: OperationArguments, given: JsonObject): FilledArguments {
  const inPath: Record<string, string> = {};
  const headers: Record<string, string> = {};
  const query: string[] = [];
  const cookies: string[] = [];
  for (const [property, parameter] of plan.parameters) {
    const argument = given[property];
    if (argument === undefined || (argument === null && parameter.in !== "path")) continue;
    const value = plan.withoutReadOnly(parameter.schema, argument);
    switch (parameter.in) {
      case "path":
        inPath[parameter.name] = toSimple(value, parameter, encodeValue);
        break;
      case "query":
        query.push(...toPairs(parameter.name, value, parameter));
        break;
      case "header":
        headers[parameter.name.toLowerCase()] = toSimple(value, parameter, String);
        break;
      case "cookie":
        cookies.push(...toPairs(parameter.name, value, parameter));
        break;
    }
  }
  const broken = Object.entries(headers).find(([, text]) => !isHeaderText(text));
  if (broken !== undefined) return { ok: false, message: `${broken[0]}: has characters that no header can carry` };
  const filled = fillPath(path, inPath);
  if (!filled.ok) return filled;
  return { ok: true, path: filled.text, query, headers, cookies, body: fillBody(plan, given) };
}

function fillBody({ body, withoutReadOnly }: OperationArguments, given: JsonObject): JsonValue | undefined {
  const argument = body && given[body.property];
  return body && argument !== undefined ? withoutReadOnly(body.body.schema, argument) : undefined;
}

function checkPlaceholders({ operation, node }: OperationSource, parameters: readonly Parameter[]): void {
  const described = new Set(parameters.filter((each) => each.in === "path").map(({ name }) => name));
  const missing = placeholdersOf(operation.path).find((name) => !described.has(name));
  if (missing !== undefined) throw documentInvalid(node, `no path parameter describes '${missing}'`);
}

function isFilledIn({ name, in: place }: Parameter, { credentials, idempotencyHeader }: ArgumentsInput): boolean {
  const same = (other: string): boolean =>
    place === "header" ? other.toLowerCase() === name.toLowerCase() : other === name;
  if (place === "header" && idempotencyHeader !== false && same(idempotencyHeader)) return true;
  return credentials.some((credential) => credential.kind === place && same(credential.name));
}

function toProperty(name: string, place: string, taken: Readonly<Record<string, unknown>>): string {
  const plain = name.replaceAll(/[^\w.-]/g, "_").slice(0, 64);
  let property = plain;
  for (let count = 1; Object.hasOwn(taken, property); count += 1) {
    property = `${place}_${plain}${count === 1 ? "" : `_${count}`}`.slice(0, 64);
  }
  return property;
}

/** A reference keeps its own description; beside it, this one says what the value is for here. */
function withDescription(schema: JsonValue, description: string): JsonValue {
  return description !== "" && isJsonObject(schema) ? { ...schema, description } : schema;
}
