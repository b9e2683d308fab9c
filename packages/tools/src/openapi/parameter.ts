import { z } from "zod";
import { isReservedHeader } from "../http/reserved-headers.ts";
import { childOf, childrenOf, documentInvalid, readAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required: boolean;
  readonly description: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  /** Its value is sent as one JSON text. */
  readonly json: boolean;
  /** The place of its schema. */
  readonly schema: DocumentNode;
}

/** How a list or an object is written. */
export type ParameterStyle = "simple" | "form" | "spaceDelimited" | "pipeDelimited" | "deepObject";

const parameterSchema = z.looseObject({
  name: z.string().min(1),
  in: z.enum(["path", "query", "header", "cookie"]),
  required: z.boolean().default(false),
  description: z.string().default(""),
  style: z.string().optional(),
  explode: z.boolean().optional(),
});

const stylesOf: Readonly<Record<Parameter["in"], readonly ParameterStyle[]>> = {
  path: ["simple"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form"],
};

/**
 * Reads a parameter.
 *
 * @throws AgentKitError `openapi_document_invalid`.
 */
export function readParameter(node: DocumentNode): Parameter {
  const { name, in: place, required, description, style, explode } = readAt(parameterSchema, node);
  const known = style === undefined ? stylesOf[place][0] : stylesOf[place].find((each) => each === style);
  if (known === undefined) {
    throw documentInvalid(childOf(node, "style"), `the style '${style}' is not supported for a ${place} parameter`);
  }
  if (place === "path" && !required) throw documentInvalid(node, `the path parameter '${name}' must be required`);
  if ((place === "header" || place === "cookie") && !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw documentInvalid(childOf(node, "name"), `HTTP cannot carry the ${place} '${name}'`);
  }
  const content = childrenOf(childOf(node, "content"))[0];
  return {
    name,
    in: place,
    required,
    description,
    style: known,
    explode: explode ?? known === "form",
    json: content !== undefined,
    schema: schemaOf(node, content?.[1]),
  };
}

/** Whether a header is described for readers only: the client, the body and the credentials say what it is. */
export function isDescribedElsewhere({ name, in: place }: Parameter): boolean {
  const header = name.toLowerCase();
  return (
    place === "header" && (isReservedHeader(header) || ["accept", "content-type", "authorization"].includes(header))
  );
}

function schemaOf(node: DocumentNode, content: DocumentNode | undefined): DocumentNode {
  const schema = childOf(content ?? node, "schema");
  return schema.value === undefined ? { ...schema, value: {} } : schema;
}
