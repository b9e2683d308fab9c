import type { JsonObject, JsonValue } from "@agentkit/core";
import { isJsonList, isJsonObject } from "../json/json-shape.ts";
import { childOf, childrenOf } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import { isHidden } from "./hidden-properties.ts";
import type { OpenDocument } from "./open-document.ts";

/** Leaves out of a value what its schema has read only. */
export type ReadOnlyFilter = (schema: DocumentNode, value: JsonValue) => JsonValue;

/**
 * Makes a filter that drops read-only properties wherever a schema lets them in, as where it allows more properties than it
 * names. A property that any branch of a schema has read only is.
 */
export function createReadOnlyFilter(document: OpenDocument): ReadOnlyFilter {
  const filter = (schemas: readonly DocumentNode[], value: JsonValue): JsonValue => {
    const branches = schemas.flatMap((schema) => branchesOf(document, schema));
    if (branches.length === 0) return value;
    if (isJsonList(value)) return value.map((each, index) => filter(itemSchemas(branches, index), each));
    return isJsonObject(value) ? filterObject(branches, value) : value;
  };
  const filterObject = (branches: readonly DocumentNode[], value: JsonObject): JsonObject => {
    const kept = Object.entries(value).flatMap(([name, part]) => {
      const named = schemasNamed(branches, name);
      if (part === undefined || named.some((schema) => isHidden({ document, direction: "sent" }, schema))) return [];
      return [[name, filter(named.length > 0 ? named : schemasOfMore(branches), part)] as const];
    });
    return Object.fromEntries(kept);
  };
  return (schema, value) => filter([schema], value);
}

/** A schema with all that it is combined of, each once: one may lead back to another. */
function branchesOf(document: OpenDocument, schema: DocumentNode, found = new Set<string>()): readonly DocumentNode[] {
  const place = `${schema.document}#${schema.pointer}`;
  if (schema.value === undefined || found.has(place)) return [];
  found.add(place);
  const target = document.resolve(schema);
  const referred = target === schema ? [] : branchesOf(document, target, found);
  return [schema, ...referred, ...combined(schema).flatMap((part) => branchesOf(document, part, found))];
}

function combined(schema: DocumentNode): readonly DocumentNode[] {
  return ["allOf", "anyOf", "oneOf", "then", "else"].flatMap((keyword) => {
    const child = childOf(schema, keyword);
    return isJsonList(child.value) ? childrenOf(child).map(([, part]) => part) : [child];
  });
}

function schemasNamed(branches: readonly DocumentNode[], name: string): readonly DocumentNode[] {
  return present(branches.map((branch) => childOf(childOf(branch, "properties"), name)));
}

function schemasOfMore(branches: readonly DocumentNode[]): readonly DocumentNode[] {
  const patterns = branches.flatMap((branch) =>
    childrenOf(childOf(branch, "patternProperties")).map(([, schema]) => schema),
  );
  return present([...branches.map((branch) => childOf(branch, "additionalProperties")), ...patterns]);
}

function itemSchemas(branches: readonly DocumentNode[], index: number): readonly DocumentNode[] {
  return present(
    branches.map((branch) => {
      const placed = childOf(childOf(branch, "prefixItems"), index);
      return placed.value === undefined ? childOf(branch, "items") : placed;
    }),
  );
}

function present(nodes: readonly DocumentNode[]): readonly DocumentNode[] {
  return nodes.filter(({ value }) => value !== undefined);
}
