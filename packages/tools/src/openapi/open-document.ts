import { parseJson } from "@agentkit/core";
import type { JsonValue } from "@agentkit/core";
import { parseDocument as parseYamlDocument } from "yaml";
import { z } from "zod";
import { atPointer } from "../json/json-pointer.ts";
import { documentInvalid, objectAt, readAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";

/** An OpenAPI document: JSON or YAML text, or what was parsed from it. */
export type OpenApiDocument = string | object;

/** A document in which references can be followed. */
export interface OpenDocument {
  readonly root: DocumentNode;
  /** 3.0 describes data by a dialect of its own, 3.1 by JSON Schema 2020-12. */
  readonly dialect: "3.0" | "3.1";
  /**
   * Follows the references at a place to what they mean. Nothing is ever fetched: what is in no given document is refused.
   *
   * @throws AgentKitError `openapi_document_invalid`.
   */
  resolve(node: DocumentNode): DocumentNode;
}

/**
 * Opens a document. `others` are the documents that it refers to, by the name that its references use.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function openDocument(
  document: OpenApiDocument,
  others: Readonly<Record<string, OpenApiDocument>> = {},
): OpenDocument {
  const roots = new Map<string, DocumentNode>();
  for (const [name, each] of [["", document] as const, ...Object.entries(others)]) {
    roots.set(name, { document: name, pointer: "", value: parseDocument(each, name) });
  }
  const root: DocumentNode = { document: "", pointer: "", value: roots.get("")?.value };
  const { openapi } = readAt(z.looseObject({ openapi: z.string("this is no OpenAPI 3 document") }), root);
  const dialect = /^3\.([01])\.\d+/.exec(openapi)?.[1];
  if (dialect === undefined) throw documentInvalid(root, `OpenAPI ${openapi} is not supported; 3.0 and 3.1 are`);
  return { root, dialect: dialect === "0" ? "3.0" : "3.1", resolve: (node) => resolve(roots, node) };
}

const longestDocument = 32 * 1024 * 1024;

function parseDocument(document: OpenApiDocument, name: string): JsonValue {
  const place = { document: name, pointer: "" };
  try {
    // What was parsed elsewhere may hold what JSON cannot carry, or a cycle: both show here.
    const text = typeof document === "string" ? document : JSON.stringify(document);
    if (text.length > longestDocument) throw new RangeError(`it is longer than ${longestDocument} characters`);
    const json = text.trimStart().startsWith("{") ? text : JSON.stringify(parseYaml(text));
    // No document means it, and as a key it would change what objects are made of.
    if (json.includes('"__proto__"')) throw new SyntaxError("it has the name '__proto__'");
    return parseJson(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0]?.slice(0, 200) : "";
    throw documentInvalid(place, `it is neither JSON nor YAML (${reason})`);
  }
}

/** More steps than any document needs: a reference that leads to itself. */
const longestChain = 32;

/** What the parser only warns of, an unknown tag for instance, is no JSON either; nothing is printed. */
function parseYaml(text: string): unknown {
  const document = parseYamlDocument(text, { logLevel: "error" });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw problem;
  return document.toJS();
}

function resolve(roots: ReadonlyMap<string, DocumentNode>, start: DocumentNode): DocumentNode {
  let node = start;
  for (let step = 0; step < longestChain; step += 1) {
    const reference = objectAt(node)?.["$ref"];
    if (reference === undefined) return node;
    if (typeof reference !== "string") throw documentInvalid(node, "$ref is no text");
    node = follow(roots, node, reference);
  }
  throw documentInvalid(start, "its reference leads back to itself");
}

function follow(roots: ReadonlyMap<string, DocumentNode>, from: DocumentNode, reference: string): DocumentNode {
  const [base = "", fragment = ""] = reference.split("#", 2);
  const root = roots.get(base === "" ? from.document : base);
  if (root?.value === undefined) {
    throw documentInvalid(from, `it refers to '${base}', which is outside of the document; give it in 'documents'`);
  }
  const pointer = decode(fragment);
  if (pointer === undefined || (pointer !== "" && !pointer.startsWith("/"))) {
    throw documentInvalid(from, `'${reference}' is no JSON pointer`);
  }
  const value = atPointer(root.value, pointer);
  if (value === undefined) throw documentInvalid(from, `it refers to '${reference}', which there is not`);
  return { document: root.document, pointer, value };
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
