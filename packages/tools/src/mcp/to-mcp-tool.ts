import type { Client } from "@modelcontextprotocol/client";
import {
  type JsonObject,
  type JsonValue,
  parseJson,
  type SideEffects,
  type Tool,
  type ToolContext,
  toToolDeclaration,
} from "@agentkit/core";
import { toOutgoingText } from "../http/outgoing-request.ts";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { toCallFailure, toolFailed } from "./call-failure.ts";
import { toCallOutput } from "./call-output.ts";
import { compileDocumentSchema, type SchemaCheck } from "./document-validator.ts";
import type { McpServerOptions } from "./mcp-server-options.ts";
import type { McpToolDefinition } from "./mcp-tool-definition.ts";

/** What a tool of a server needs of the connection to it. */
export interface McpToolServer {
  readonly options: Pick<McpServerOptions, "name" | "transport" | "prefix" | "trustAnnotations" | "declare">;
  /** The secrets that the server was given, which are taken out of what it says. */
  readonly secrets: CallSecrets;
  /** A client, after the server was asked whether the tool is still the one that was accepted; `mcp_tool_changed` if not. */
  clientFor(definition: McpToolDefinition, signal: AbortSignal): Promise<Client>;
}

/**
 * Makes a tool of a listed one; none when its schema cannot be used or it can only be called as a task.
 *
 * @throws AgentKitError `definition_invalid` for a declaration of the operator that cannot work.
 */
export function toMcpTool(definition: McpToolDefinition, name: string, server: McpToolServer): Tool | undefined {
  const { description, listed } = definition;
  const { options } = server;
  const sideEffects = options.trustAnnotations === true ? hintedSideEffects(definition) : "unsafe";
  const parse = createParser(definition);
  // Tasks, which some tools can only be called as, are not served.
  if (parse === undefined || listed.execution?.taskSupport === "required") return undefined;
  return {
    ...toToolDeclaration({ sideEffects, trust: "untrusted", ...options.declare?.(definition), name, description }),
    // The dialect is for validators; the model's API takes a schema without it.
    parameters: toJsonObject({ ...listed.inputSchema, $schema: undefined }),
    strict: false,
    ...(listed.outputSchema && { outputSchema: toJsonObject(listed.outputSchema) }),
    parse,
    execute: async (input, context) => call({ definition, server, input, context }),
  };
}

function hintedSideEffects({ annotations }: McpToolDefinition): SideEffects {
  if (annotations.readOnlyHint === true) return "none";
  return annotations.idempotentHint === true ? "idempotent" : "unsafe";
}

function createParser({ listed }: McpToolDefinition): Tool["parse"] | undefined {
  const check = compile(listed.inputSchema);
  return (
    check &&
    ((value) => {
      if (!isObject(value)) return { ok: false, message: "The arguments must be an object." };
      const problem = check(value);
      return problem === undefined ? { ok: true, value } : { ok: false, message: problem };
    })
  );
}

function compile(schema: Readonly<Record<string, unknown>>): SchemaCheck | undefined {
  try {
    return compileDocumentSchema(schema);
  } catch {
    return undefined;
  }
}

function toJsonObject(schema: unknown): JsonObject {
  const value = parseJson(JSON.stringify(schema));
  return isJsonObject(value) ? value : {};
}

interface Call {
  readonly definition: McpToolDefinition;
  readonly server: McpToolServer;
  readonly input: unknown;
  readonly context: ToolContext;
}

async function call({ definition, server, input, context }: Call): Promise<string> {
  const { signal } = context;
  const request = { name: definition.name, arguments: isObject(input) ? input : {} };
  await guardRemoteCall(server, request, context);
  try {
    const client = await server.clientFor(definition, signal);
    const result = await client.callTool(
      request,
      // The engine's signal ends the call, which tells the server so; the SDK's own clock must not be faster.
      { signal, timeout: noTimeout, toolDefinition: definition.listed },
    );
    const output = server.secrets.hide(toCallOutput(result));
    if (result.isError === true) throw toolFailed(output);
    return output;
  } catch (error) {
    throw toCallFailure(error, { server: server.options.name, tool: definition.name, signal, secrets: server.secrets });
  }
}

/** What goes to a process of this machine does not leave it, and is not looked at. */
async function guardRemoteCall(server: McpToolServer, request: object, { guard }: ToolContext): Promise<void> {
  const { transport } = server.options;
  if (transport.type !== "http") return;
  const url = server.secrets.hide(transport.url);
  await guard("outgoing_http", toOutgoingText({ method: "POST", url, body: JSON.stringify(request) }));
}

/** The longest delay of a timer. */
const noTimeout = 2 ** 31 - 1;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isJsonObject(value: JsonValue): value is JsonObject {
  return isObject(value);
}
