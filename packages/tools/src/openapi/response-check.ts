import type { JsonObject, JsonValue } from "@agentkit/core";
import { childOf, childrenOf, documentInvalid } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import type { OpenDocument } from "./open-document.ts";
import type { SchemaCheck, SchemaValidator } from "./schema-validator.ts";
import { createSchemaWriter } from "./schema-writer.ts";
import type { UnsupportedPatterns } from "./schema-writer.ts";

/** Says what in an answer's body does not fit what the document says of its status, or nothing. */
export type ResponseCheck = (status: number, body: JsonValue) => string | undefined;

/** What a check of answers is made of. */
export interface ResponseCheckInput {
  readonly document: OpenDocument;
  readonly responses: DocumentNode;
  readonly validator: SchemaValidator;
  readonly unsupportedPatterns: UnsupportedPatterns;
}

/**
 * Compiles the schemas of an operation's JSON answers. A status without one is not checked.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function createResponseCheck(input: ResponseCheckInput): ResponseCheck {
  const checks = new Map<string, SchemaCheck>();
  for (const [status, node] of childrenOf(input.responses)) {
    const check = compileResponse(input, input.document.resolve(node));
    if (check !== undefined) checks.set(status.toUpperCase(), check);
  }
  return (status, body) => {
    const range = `${Math.floor(status / 100)}XX`;
    const check = checks.get(String(status)) ?? checks.get(range) ?? checks.get("DEFAULT");
    return check?.(body);
  };
}

function compileResponse(input: ResponseCheckInput, response: DocumentNode): SchemaCheck | undefined {
  const { document, unsupportedPatterns, validator } = input;
  const media = childrenOf(childOf(response, "content")).find(([type]) =>
    /^application\/(?:[\w.-]+\+)?json/i.test(type),
  );
  const schema = media && childOf(media[1], "schema");
  if (schema?.value === undefined) return undefined;
  const writer = createSchemaWriter({ document, direction: "received", unsupportedPatterns });
  const written = writer.write(schema);
  const whole: JsonObject = { allOf: [written], $defs: writer.definitions() };
  try {
    return validator.compile(whole, "the answer");
  } catch (error) {
    throw documentInvalid(schema, `it is no valid schema (${error instanceof Error ? error.message : ""})`);
  }
}
