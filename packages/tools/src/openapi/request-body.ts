import type { JsonValue } from "@agentkit/core";
import { z } from "zod";
import { isJsonList, isJsonObject } from "../json/json-shape.ts";
import { childOf, childrenOf, documentInvalid, readAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import type { ParameterStyle } from "./parameter.ts";
import { toPairs } from "./serialize-value.ts";

/** The body that an operation takes. */
export interface RequestBody {
  readonly required: boolean;
  readonly description: string;
  readonly mediaType: string;
  readonly format: "json" | "form" | "multipart" | "text";
  readonly schema: DocumentNode;
  /** How properties of a form are written that are lists or objects. */
  readonly encoding: Readonly<Record<string, BodyEncoding>>;
}

/** A body as it is sent. */
export interface SentBody {
  readonly contentType: string;
  readonly bytes: string | Uint8Array;
}

type BodyEncoding = z.output<typeof encodingSchema>;

const encodingSchema = z.looseObject({
  style: z.enum(["form", "spaceDelimited", "pipeDelimited", "deepObject"]).optional(),
  explode: z.boolean().optional(),
});

const bodySchema = z.looseObject({ required: z.boolean().default(false), description: z.string().default("") });

/**
 * Chooses the format of a body, of those that a model can write: JSON, a form, a form in parts, text.
 *
 * @throws AgentKitError `openapi_document_invalid` when the operation takes none of them.
 */
export function readRequestBody(node: DocumentNode): RequestBody {
  const { required, description } = readAt(bodySchema, node);
  const offered = childrenOf(childOf(node, "content"));
  for (const [format, matches] of formats) {
    const [mediaType, media] = offered.find(([type]) => matches.test(type.split(";")[0]?.trim() ?? "")) ?? [];
    if (mediaType === undefined || media === undefined) continue;
    const schema = childOf(media, "schema");
    const encoding = childrenOf(childOf(media, "encoding")).map(
      ([name, at]) => [name, readAt(encodingSchema, at)] as const,
    );
    return {
      required,
      description,
      mediaType: mediaType.includes("*") ? concreteType[format] : mediaType,
      format,
      schema: schema.value === undefined ? { ...schema, value: {} } : schema,
      encoding: Object.fromEntries(encoding),
    };
  }
  const types = offered.map(([type]) => type).join(", ");
  throw documentInvalid(
    childOf(node, "content"),
    `no body of the types '${types}' can be written from arguments; leave the operation out by 'select'`,
  );
}

const formats = [
  ["json", /^(?:application\/json|[\w.-]+\/[\w.-]+\+json|\*\/\*|application\/\*)$/i],
  ["form", /^application\/x-www-form-urlencoded$/i],
  ["multipart", /^multipart\/form-data$/i],
  ["text", /^text\/[\w.*+-]+$/i],
] as const;

const concreteType = {
  json: "application/json",
  form: "application/x-www-form-urlencoded",
  multipart: "multipart/form-data",
  text: "text/plain",
} as const;

/** Writes a body. A form that is no object is written as an empty one. */
export async function writeBody({ format, mediaType, encoding }: RequestBody, value: JsonValue): Promise<SentBody> {
  switch (format) {
    case "json":
      return { contentType: mediaType, bytes: JSON.stringify(value) };
    case "text":
      return { contentType: mediaType, bytes: typeof value === "string" ? value : JSON.stringify(value) };
    case "form":
      return {
        contentType: mediaType,
        bytes: entriesOf(value)
          .flatMap((entry) => formPairs(entry, encoding))
          .join("&"),
      };
    case "multipart":
      return writeParts(entriesOf(value));
  }
}

type Entry = readonly [name: string, value: JsonValue];

function formPairs([name, value]: Entry, encoding: Readonly<Record<string, BodyEncoding>>): readonly string[] {
  const { style, explode } = encoding[name] ?? {};
  // Without a style, OpenAPI sends an object as the JSON text that its media type would be by default.
  const json = style === undefined && isJsonObject(value);
  const known: ParameterStyle = style ?? "form";
  return toPairs(name, value, { style: known, explode: explode ?? known === "form", json });
}

async function writeParts(entries: readonly Entry[]): Promise<SentBody> {
  const form = new FormData();
  for (const [name, value] of entries) {
    for (const part of isJsonList(value) ? value : [value]) {
      const isText = typeof part !== "object" || part === null;
      if (isText) form.append(name, String(part));
      else form.append(name, new Blob([JSON.stringify(part)], { type: "application/json" }));
    }
  }
  const encoded = new Response(form);
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  return { contentType: encoded.headers.get("content-type") ?? "multipart/form-data", bytes };
}

function entriesOf(value: JsonValue): readonly Entry[] {
  return Object.entries(isJsonObject(value) ? value : {}).flatMap(([name, part]) =>
    part === undefined || part === null ? [] : [[name, part] as const],
  );
}
