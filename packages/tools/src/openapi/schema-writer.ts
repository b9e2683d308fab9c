import type { JsonObject, JsonValue } from "@agentkit/core";
import { isJsonList, isJsonObject } from "../json/json-shape.ts";
import { childrenOf, documentInvalid, objectAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import { hiddenProperties } from "./hidden-properties.ts";
import type { Direction } from "./hidden-properties.ts";
import { compileLinearPattern } from "./linear-pattern.ts";
import type { OpenDocument } from "./open-document.ts";

/** What is to be done with a pattern that cannot be run in linear time. */
export type UnsupportedPatterns = "refuse" | "ignore";

/** What schemas are written for: what is sent leaves out `readOnly` properties, what is received `writeOnly` ones. */
export interface SchemaWriterOptions {
  readonly document: OpenDocument;
  readonly direction: Direction;
  readonly unsupportedPatterns: UnsupportedPatterns;
}

/**
 * Writes schemas of a document as JSON Schema 2020-12. Each schema that is referred to is written once, under `$defs`, so that
 * one which contains itself stays finite.
 */
export interface SchemaWriter {
  /** @throws AgentKitError `openapi_document_invalid`. */
  write(node: DocumentNode): JsonValue;
  /** The schemas that were referred to until now, by name. */
  definitions(): JsonObject;
}

/** Makes a {@link SchemaWriter}. */
export function createSchemaWriter(options: SchemaWriterOptions): SchemaWriter {
  const names = new Map<string, string>();
  const pending: (readonly [name: string, node: DocumentNode])[] = [];
  const written: Record<string, JsonValue> = {};
  const refer = (node: DocumentNode): string => {
    const target = options.document.resolve(node);
    const place = `${target.document}#${target.pointer}`;
    const known = names.get(place);
    if (known !== undefined) return known;
    const name = toDefinitionName(target, new Set(names.values()));
    names.set(place, name);
    pending.push([name, target]);
    return name;
  };
  const writing = { ...options, refer };
  return {
    write: (node) => writeSchema(writing, node, noProperties),
    definitions: () => {
      // Writing one may refer to others, which are then written too.
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        written[next[0]] = writeSchema(writing, next[1], noProperties);
      }
      return { ...written };
    },
  };
}

interface Writing extends SchemaWriterOptions {
  readonly refer: (node: DocumentNode) => string;
}

const noProperties: ReadonlySet<string> = new Set();
const deepest = 2_000;

/** `hidden`: properties that an enclosing `allOf` leaves out, so that no branch of it requires them. */
function writeSchema(writing: Writing, node: DocumentNode, hidden: ReadonlySet<string>): JsonValue {
  if (typeof node.value === "boolean") return node.value;
  const schema = objectAt(node);
  if (schema === undefined) throw documentInvalid(node, "a schema is an object");
  // Far below where the stack ends, and far above what a document means.
  if (node.pointer.length > deepest) throw documentInvalid({ ...node, pointer: "" }, "its schemas are nested too deep");
  if (schema["$ref"] !== undefined) return writeReference(writing, node, schema);
  const left = new Set([...hidden, ...hiddenProperties(writing, node)]);
  const out: Record<string, JsonValue> = {};
  for (const [keyword, child] of childrenOf(node)) {
    const value = writeKeyword(writing, { keyword, child, hidden: left });
    if (value !== undefined) out[keyword] = value;
  }
  return writing.document.dialect === "3.0" ? toLaterDialect(out, schema) : out;
}

/** 3.0 knows nothing beside a reference, but a description there is meant for readers. */
function writeReference(writing: Writing, node: DocumentNode, schema: JsonObject): JsonObject {
  const reference = { $ref: `#/$defs/${writing.refer(node)}` };
  if (writing.document.dialect === "3.0") {
    const { description } = schema;
    return typeof description === "string" ? { ...reference, description } : reference;
  }
  const { $ref: _, ...siblings } = schema;
  const rest = writeSchema(writing, { ...node, value: siblings }, noProperties);
  return isJsonObject(rest) ? { ...rest, ...reference } : reference;
}

interface Keyword {
  readonly keyword: string;
  readonly child: DocumentNode;
  readonly hidden: ReadonlySet<string>;
}

function writeKeyword(writing: Writing, { keyword, child, hidden }: Keyword): JsonValue | undefined {
  if (dropped.has(keyword) || keyword.startsWith("x-")) return undefined;
  if (keyword.startsWith("$")) throw documentInvalid(child, `the keyword '${keyword}' is not supported`);
  if (keyword === "properties") return writeMap(writing, child, hidden);
  if (mapKeywords.has(keyword)) return writeMap(writing, child, noProperties);
  if (listKeywords.has(keyword)) {
    const passed = keyword === "allOf" ? hidden : noProperties;
    return childrenOf(child).map(([, entry]) => writeSchema(writing, entry, passed));
  }
  if (schemaKeywords.has(keyword)) return writeSchema(writing, child, noProperties);
  if (keyword === "required") return writeRequired(child, hidden);
  if (keyword === "pattern") return writePattern(writing, child);
  return child.value;
}

const dropped: ReadonlySet<string> = new Set(
  (
    "$schema $id $anchor $comment $defs definitions $vocabulary " +
    "discriminator xml externalDocs nullable readOnly writeOnly"
  ).split(" "),
);
const mapKeywords: ReadonlySet<string> = new Set(["patternProperties", "dependentSchemas"]);
const listKeywords: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const schemaKeywords: ReadonlySet<string> = new Set(
  (
    "items additionalProperties not if then else contains propertyNames " +
    "unevaluatedItems unevaluatedProperties contentSchema"
  ).split(" "),
);

function writeMap(writing: Writing, node: DocumentNode, hidden: ReadonlySet<string>): JsonObject {
  if (node.pointer.endsWith("/patternProperties")) {
    for (const [pattern, child] of childrenOf(node)) checkPattern(child, pattern);
  }
  const entries = childrenOf(node).filter(([name]) => !hidden.has(name));
  return Object.fromEntries(entries.map(([name, child]) => [name, writeSchema(writing, child, noProperties)]));
}

function writeRequired(node: DocumentNode, hidden: ReadonlySet<string>): JsonValue | undefined {
  const names = childrenOf(node).map(([, { value }]) => value ?? null);
  const kept = names.filter((name) => !(typeof name === "string" && hidden.has(name)));
  return Array.isArray(node.value) ? kept : node.value;
}

function writePattern({ unsupportedPatterns }: Writing, node: DocumentNode): JsonValue | undefined {
  if (typeof node.value !== "string") throw documentInvalid(node, "a pattern is a text");
  try {
    checkPattern(node, node.value);
    return node.value;
  } catch (error) {
    if (unsupportedPatterns === "refuse") throw error;
    return undefined;
  }
}

function checkPattern(node: DocumentNode, pattern: string): void {
  try {
    compileLinearPattern(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw documentInvalid(
      node,
      `the pattern cannot be run in linear time (${reason}); choose other operations, or ignore such patterns`,
    );
  }
}

/** What OpenAPI 3.0 writes in other words than JSON Schema 2020-12. */
function toLaterDialect(out: Record<string, JsonValue>, schema: JsonObject): JsonObject {
  const { example, exclusiveMinimum, exclusiveMaximum, ...rest } = out;
  const numbers = {
    ...toExclusive({ limit: "minimum", exclusive: "exclusiveMinimum" }, rest, exclusiveMinimum),
    ...toExclusive({ limit: "maximum", exclusive: "exclusiveMaximum" }, rest, exclusiveMaximum),
  };
  const bounded = Object.entries(rest).filter(([key]) => !Object.hasOwn(numbers, `exclusive${capital(key)}`));
  const later = { ...Object.fromEntries(bounded), ...numbers, ...(example !== undefined && { examples: [example] }) };
  return schema["nullable"] === true ? toNullable(later) : later;
}

interface Bound {
  readonly limit: "minimum" | "maximum";
  readonly exclusive: string;
}

function toExclusive({ limit, exclusive }: Bound, rest: JsonObject, flag: JsonValue | undefined): JsonObject {
  if (typeof flag === "number") return { [exclusive]: flag };
  const value = rest[limit];
  return flag === true && value !== undefined ? { [exclusive]: value } : {};
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function toNullable(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (typeof type !== "string") return { anyOf: [schema, { type: "null" }] };
  const listed = isJsonList(values) && !values.includes(null) ? { enum: [...values, null] } : {};
  return { ...schema, type: [type, "null"], ...listed };
}

function toDefinitionName(node: DocumentNode, taken: ReadonlySet<string>): string {
  const last =
    node.pointer
      .split("/")
      .at(-1)
      ?.replaceAll(/[^\w.-]/g, "_") || "schema";
  let name = last;
  for (let count = 2; taken.has(name); count += 1) name = `${last}_${count}`;
  return name;
}
