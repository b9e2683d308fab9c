import { z } from "zod";
import { changesPath } from "../http/fill-template.ts";
import { childOf, childrenOf, documentInvalid, objectAt, readAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import type { OpenDocument } from "./open-document.ts";

/** An operation of an OpenAPI document, to choose by. */
export interface OpenApiOperation {
  /** Its `operationId`, or its method and path. */
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** As in the document, with its placeholders. */
  readonly path: string;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly summary: string;
  readonly description: string;
}

/** An operation and where it is. */
export interface OperationSource {
  readonly operation: OpenApiOperation;
  readonly node: DocumentNode;
  /** Its path's. */
  readonly item: DocumentNode;
}

/** The places of what an operation is made of. */
export interface OperationParts {
  /** Resolved; those of the operation take the place of those of its path. */
  readonly parameters: readonly DocumentNode[];
  /** Resolved. */
  readonly requestBody: DocumentNode | undefined;
  readonly responses: DocumentNode;
  /** The requirements that hold for it; nothing when none do. */
  readonly security: DocumentNode | undefined;
  /** The innermost list of servers. */
  readonly servers: DocumentNode | undefined;
}

/**
 * Lists the operations of a document, in its order.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function readOperations(document: OpenDocument): readonly OperationSource[] {
  const found: OperationSource[] = [];
  const paths = childOf(document.root, "paths");
  if (objectAt(paths) === undefined) throw documentInvalid(paths, "there are no paths, and so no operations");
  for (const [path, place] of childrenOf(paths)) {
    if (path.startsWith("x-")) continue;
    if (!path.startsWith("/")) throw documentInvalid(place, "a path starts with '/'");
    if (changesPath(path)) throw documentInvalid(place, "a path has no '.' or '..' segment and no backslash");
    const item = document.resolve(place);
    for (const method of methods) {
      const node = childOf(item, method);
      if (node.value === undefined) continue;
      found.push({ operation: readOperation(path, method, node), item, node });
    }
  }
  return found;
}

/**
 * Finds the parts of an operation.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function readParts(document: OpenDocument, { item, node }: OperationSource): OperationParts {
  const body = childOf(node, "requestBody");
  return {
    parameters: mergeParameters(document, item, node),
    requestBody: body.value === undefined ? undefined : document.resolve(body),
    responses: childOf(node, "responses"),
    security: firstPresent([childOf(node, "security"), childOf(document.root, "security")]),
    servers: firstPresent([node, item, document.root].map((owner) => childOf(owner, "servers"))),
  };
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

const operationSchema = z.looseObject({
  operationId: z.string().min(1).optional(),
  summary: z.string().default(""),
  description: z.string().default(""),
  tags: z.array(z.string()).default([]),
  deprecated: z.boolean().default(false),
});

function readOperation(path: string, method: string, node: DocumentNode): OpenApiOperation {
  const { operationId, ...described } = readAt(operationSchema, node);
  const { summary, description, tags, deprecated } = described;
  const id = operationId ?? `${method}${path}`;
  return { id, method: method.toUpperCase(), path, tags, deprecated, summary, description };
}

const parameterKeySchema = z.looseObject({ in: z.string(), name: z.string() });

function mergeParameters(document: OpenDocument, item: DocumentNode, node: DocumentNode): readonly DocumentNode[] {
  const merged = new Map<string, DocumentNode>();
  for (const owner of [item, node]) {
    for (const [, place] of childrenOf(childOf(owner, "parameters"))) {
      const parameter = document.resolve(place);
      const { in: location, name } = readAt(parameterKeySchema, parameter);
      merged.set(`${location} ${name}`, parameter);
    }
  }
  return [...merged.values()];
}

function firstPresent(nodes: readonly DocumentNode[]): DocumentNode | undefined {
  return nodes.find((node) => node.value !== undefined);
}
