import type { SecretSource, Tool, ToolOptions } from "@agentkit/core";
import { createHttpClient } from "../http/http-client.ts";
import type { HttpClient } from "../http/http-client.ts";
import { sideEffectsOf } from "../http/http-tool.ts";
import { toToolNames } from "../mcp/tool-names.ts";
import { chooseCredentials } from "./credentials.ts";
import { documentInvalid } from "./document-node.ts";
import { openDocument } from "./open-document.ts";
import type { OpenApiDocument, OpenDocument } from "./open-document.ts";
import { readArguments } from "./operation-arguments.ts";
import type { OperationArguments } from "./operation-arguments.ts";
import { createOperationTool } from "./operation-tool.ts";
import { readParameter } from "./parameter.ts";
import { readOperations, readParts } from "./read-operations.ts";
import type { OpenApiOperation, OperationParts, OperationSource } from "./read-operations.ts";
import { createResponseCheck } from "./response-check.ts";
import { createSchemaValidator } from "./schema-validator.ts";
import type { SchemaCheck, SchemaValidator } from "./schema-validator.ts";
import { createSchemaWriter } from "./schema-writer.ts";
import type { UnsupportedPatterns } from "./schema-writer.ts";
import { toServerUrl } from "./server-url.ts";
import type { ServerOptions } from "./server-url.ts";
import { createReadOnlyFilter } from "./without-read-only.ts";

/** How the operations of a document become tools. */
export interface OpenApiToolsOptions extends ServerOptions {
  /** Which operations become tools. Default: all of them. */
  readonly select?: (operation: OpenApiOperation) => boolean;
  /** Comes before each tool's name, so that two documents do not collide. Default: nothing. */
  readonly prefix?: string;
  /**
   * What the operator declares about a tool. Side effects follow from the method unless they are declared here, and results are
   * `untrusted`.
   */
  readonly declare?: (operation: OpenApiOperation) => ToolOptions;
  /**
   * The name of the secret for each of the document's security schemes that is to be used; for HTTP's `basic` the secret is
   * `user:password`, for OAuth 2 and OpenID Connect an access token.
   */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Where the secrets come from. */
  readonly secrets?: SecretSource;
  /** Where requests may go. Default: `createHttpClient()`, which goes to the public internet by https. */
  readonly client?: HttpClient;
  /**
   * The header that carries the call's idempotency key, for operations that the document describes it for and those with unsafe
   * side effects; `false` for none. Default `Idempotency-Key`.
   */
  readonly idempotencyHeader?: string | false;
  /** Whether a JSON answer that the document describes otherwise is a failure. Default `false`. */
  readonly validateResponses?: boolean;
  /** Documents that this one refers to, by the name that it uses. Nothing else is ever read. */
  readonly documents?: Readonly<Record<string, OpenApiDocument>>;
  /**
   * What becomes of a `pattern` that cannot be run in time linear in the text: the document is refused, or the pattern is left
   * out and the server is left to check it. Default `refuse`.
   */
  readonly unsupportedPatterns?: UnsupportedPatterns;
}

/**
 * Makes a tool of each operation of an OpenAPI 3.0 or 3.1 document, named after its `operationId`. The document is read once, here:
 * what cannot work is refused with the place of the fault, before anything is called. Arguments are checked against the
 * document's schemas before a request is made.
 *
 * @throws AgentKitError `openapi_document_invalid`, and `definition_invalid` for options that do not fit the document.
 *
 * @example
 * ```ts
 * import { environmentSecrets, openApiTools } from "@agentkit/tools";
 *
 * const document = `
 * openapi: 3.1.0
 * info: { title: Shop, version: "1" }
 * servers: [{ url: https://shop.example.com/v1 }]
 * security: [{ key: [] }]
 * components: { securitySchemes: { key: { type: apiKey, in: header, name: X-API-Key } } }
 * paths:
 *   /orders/{id}:
 *     get:
 *       operationId: getOrder
 *       parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
 *       responses: { "200": { description: The order. } }
 * `;
 * const tools = openApiTools(document, {
 *   credentials: { key: "SHOP_API_KEY" },
 *   secrets: environmentSecrets({ names: ["SHOP_API_KEY"] }),
 * });
 * console.log(tools.map((tool) => tool.name));
 * ```
 */
export function openApiTools(document: OpenApiDocument, options: OpenApiToolsOptions = {}): readonly Tool[] {
  const { select = () => true, prefix = "" } = options;
  const opened = openDocument(document, options.documents);
  const sources = readOperations(opened).filter(({ operation }) => select(operation));
  checkIds(sources);
  const names = toToolNames(
    prefix,
    sources.map(({ operation }) => operation.id),
  );
  const shared = {
    options,
    document: opened,
    validator: createSchemaValidator(),
    client: options.client ?? createHttpClient(),
  };
  return sources.map((source) => toTool(shared, source, names.get(source.operation.id) ?? source.operation.id));
}

interface Shared {
  readonly options: OpenApiToolsOptions;
  readonly document: OpenDocument;
  readonly validator: SchemaValidator;
  readonly client: HttpClient;
}

function toTool(shared: Shared, source: OperationSource, name: string): Tool {
  const { options, document, validator, client } = shared;
  const { operation } = source;
  const parts = readParts(document, source);
  const { unsupportedPatterns = "refuse", validateResponses = false } = options;
  const declared = options.declare?.(operation) ?? {};
  const credentials = chooseCredentials(parts.security, {
    document,
    operation: operation.id,
    credentials: options.credentials ?? {},
  });
  const header = options.idempotencyHeader ?? "Idempotency-Key";
  const writer = createSchemaWriter({ document, direction: "sent", unsupportedPatterns });
  const withoutReadOnly = createReadOnlyFilter(document);
  const plan = readArguments({ source, parts, writer, withoutReadOnly, credentials, idempotencyHeader: header });
  const isUnsafe = (declared.sideEffects ?? sideEffectsOf(operation.method)) === "unsafe";
  return createOperationTool({
    name,
    operation,
    declared,
    plan,
    check: compileArguments(validator, source, plan),
    checkResponse: validateResponses
      ? createResponseCheck({ document, responses: parts.responses, validator, unsupportedPatterns })
      : undefined,
    server: toServerUrl(parts.servers, options),
    credentials,
    secrets: options.secrets,
    client,
    idempotencyHeader: isUnsafe || describesHeader(parts, header) ? header : false,
  });
}

function compileArguments(validator: SchemaValidator, source: OperationSource, plan: OperationArguments): SchemaCheck {
  try {
    return validator.compile(plan.schema, "the arguments");
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw documentInvalid(source.node, `its parameters or body have no valid schema (${reason})`);
  }
}

function describesHeader({ parameters }: OperationParts, header: string | false): boolean {
  return parameters.map(readParameter).some(({ in: place, name }) => {
    return place === "header" && header !== false && name.toLowerCase() === header.toLowerCase();
  });
}

function checkIds(sources: readonly OperationSource[]): void {
  const seen = new Set<string>();
  for (const { operation, node } of sources) {
    if (seen.has(operation.id)) throw documentInvalid(node, `two operations have the id '${operation.id}'`);
    seen.add(operation.id);
  }
}
