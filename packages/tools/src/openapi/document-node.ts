import { AgentKitError } from "@agentkit/core";
import type { JsonObject, JsonValue } from "@agentkit/core";
import type { z } from "zod";
import { pointerToken } from "../json/json-pointer.ts";
import { isJsonList, isJsonObject } from "../json/json-shape.ts";

/** A place in a document, with what is there. */
export interface DocumentNode {
  /** The name that other documents refer to this one by; empty for the main one. */
  readonly document: string;
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly value: JsonValue | undefined;
}

/** The place below another one. */
export function childOf(node: DocumentNode, key: string | number): DocumentNode {
  const { document, pointer, value } = node;
  return { document, pointer: `${pointer}/${pointerToken(String(key))}`, value: valueOf(value, key) };
}

/** The places of an object's properties, or of a list's entries; none for anything else. */
export function childrenOf(node: DocumentNode): readonly (readonly [key: string, child: DocumentNode])[] {
  if (typeof node.value !== "object" || node.value === null) return [];
  return Object.keys(node.value).map((key) => [key, childOf(node, key)] as const);
}

/** The object at a place, or nothing when there is something else. */
export function objectAt({ value }: DocumentNode): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/**
 * Reads what is at a place.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function readAt<Schema extends z.ZodType>(schema: Schema, node: DocumentNode): z.output<Schema> {
  const result = schema.safeParse(node.value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map((key) => `/${pointerToken(String(key))}`).join("");
  throw documentInvalid({ ...node, pointer: `${node.pointer}${path}` }, issue?.message ?? "it is not as it should be");
}

/** The error of a document that cannot be used, which names the place. */
export function documentInvalid(node: Pick<DocumentNode, "document" | "pointer">, reason: string): AgentKitError {
  const place = `${node.document}#${node.pointer}`;
  return new AgentKitError("openapi_document_invalid", `The OpenAPI document cannot be used: at ${place}: ${reason}.`, {
    param: place,
  });
}

function valueOf(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (isJsonList(value)) return value[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
