import { AgentKitError, toToolDeclaration } from "@agentkit/core";
import type {
  JsonObject,
  JsonValue,
  ParsedArguments,
  SecretSource,
  Tool,
  ToolContext,
  ToolOptions,
} from "@agentkit/core";
import { callEndpoint } from "../http/call-endpoint.ts";
import type { HttpClient } from "../http/http-client.ts";
import { sideEffectsOf } from "../http/http-tool.ts";
import { createCallSecrets } from "../secrets/call-secrets.ts";
import { sendCredentials } from "./credentials.ts";
import type { Credential } from "./credentials.ts";
import { fillArguments } from "./operation-arguments.ts";
import type { OperationArguments } from "./operation-arguments.ts";
import type { OpenApiOperation } from "./read-operations.ts";
import { writeBody } from "./request-body.ts";
import type { ResponseCheck } from "./response-check.ts";
import type { SchemaCheck } from "./schema-validator.ts";

/** What a tool of an operation is made of. */
export interface OperationToolInput {
  readonly name: string;
  readonly operation: OpenApiOperation;
  readonly declared: ToolOptions;
  readonly plan: OperationArguments;
  readonly check: SchemaCheck;
  readonly checkResponse: ResponseCheck | undefined;
  readonly server: string;
  readonly credentials: readonly Credential[];
  readonly secrets: SecretSource | undefined;
  readonly client: HttpClient;
  readonly idempotencyHeader: string | false;
}

/** Makes a tool of an operation. */
export function createOperationTool(input: OperationToolInput): Tool {
  const { name, operation, declared, plan } = input;
  const sideEffects = declared.sideEffects ?? sideEffectsOf(operation.method);
  const declaration = toToolDeclaration({
    trust: "untrusted",
    ...declared,
    name,
    description: describe(operation),
    sideEffects,
  });
  return {
    ...declaration,
    parameters: plan.schema,
    strict: false,
    parse: (value) => parseArguments(input, value),
    execute: async (value, context) => execute({ ...input, declaration }, accepted(value), context),
  };
}

interface Executing extends OperationToolInput {
  readonly declaration: Pick<Tool, "sideEffects" | "timeoutMs">;
}

async function execute(input: Executing, given: JsonObject, context: ToolContext): Promise<string> {
  const { operation, plan, client, declaration, checkResponse } = input;
  const filled = fillArguments(operation.path, plan, given);
  if (!filled.ok) throw new AgentKitError("input_invalid", filled.message);
  const secrets = createCallSecrets(input.secrets);
  const credentials = await sendCredentials(input.credentials, secrets);
  const body = plan.body && filled.body !== undefined ? await writeBody(plan.body.body, filled.body) : undefined;
  const cookies = [...filled.cookies, ...credentials.cookies].join("; ");
  const key = idempotency(input, context);
  const sent = { method: operation.method, ...(body && { body: body.bytes }) };
  const contentType = body && { "content-type": body.contentType };
  const cookie = filled.cookies.join("; ");
  const answer = await callEndpoint({
    client,
    guard: context.guard,
    outgoing: {
      ...sent,
      url: toUrl(input, filled.path, filled.query),
      headers: { ...filled.headers, ...contentType, ...(cookie !== "" && { cookie }) },
    },
    secrets,
    sideEffects: declaration.sideEffects,
    timeoutMs: declaration.timeoutMs,
    request: {
      ...sent,
      url: toUrl(input, filled.path, [...filled.query, ...credentials.query]),
      headers: {
        ...filled.headers,
        ...key,
        ...contentType,
        ...(cookies !== "" && { cookie: cookies }),
        ...credentials.headers,
      },
      secretHeaders: [...Object.keys(credentials.headers), ...Object.keys(key)],
      signal: context.signal,
    },
  });
  const problem = checkResponse?.(answer.status, answer.body);
  if (problem === undefined) return JSON.stringify({ status: answer.status, body: answer.body });
  const message = `The request was carried out with status ${answer.status}, but its answer is not as the document says: ${problem}`;
  throw new AgentKitError("tool_result_invalid", message);
}

function toUrl({ server }: OperationToolInput, path: string, query: readonly string[]): string {
  return `${server}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

function idempotency({ idempotencyHeader, declaration }: Executing, context: ToolContext): Record<string, string> {
  if (idempotencyHeader === false || declaration.sideEffects === "none") return {};
  return { [idempotencyHeader.toLowerCase()]: context.idempotencyKey };
}

function parseArguments({ operation, plan, check }: OperationToolInput, value: JsonValue): ParsedArguments {
  const problem = check(value);
  if (problem !== undefined) return { ok: false, message: problem };
  const filled = fillArguments(operation.path, plan, accepted(value));
  return filled.ok ? { ok: true, value } : filled;
}

function accepted(value: unknown): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema that it passed is one of an object
  return value as JsonObject;
}

/** As much of a description as models are commonly given. */
const longestDescription = 1_024;

function describe({ summary, description, method, path, deprecated }: OpenApiOperation): string {
  const parts = [deprecated ? "Deprecated." : "", summary, description === summary ? "" : description];
  const text = parts.filter((part) => part !== "").join("\n") || `${method} ${path}`;
  return text.length <= longestDescription ? text : `${text.slice(0, longestDescription - 1).toWellFormed()}…`;
}
