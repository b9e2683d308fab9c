import { childOf, childrenOf, objectAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import type { OpenDocument } from "./open-document.ts";

/** Where data goes: what is sent has no `readOnly` properties, what is received no `writeOnly` ones. */
export type Direction = "sent" | "received";

/** The document that says which properties go where, and the direction that is asked for. */
export interface HiddenPropertiesOptions {
  readonly document: OpenDocument;
  readonly direction: Direction;
}

/** The properties of a schema, here and in the branches of `allOf`, that do not go in a direction. */
export function hiddenProperties(options: HiddenPropertiesOptions, node: DocumentNode, depth = 0): readonly string[] {
  if (depth > 8) return [];
  const own = childrenOf(childOf(node, "properties")).filter(([, property]) => isHidden(options, property));
  const branches = childrenOf(childOf(node, "allOf")).flatMap(([, branch]) =>
    hiddenProperties(options, options.document.resolve(branch), depth + 1),
  );
  return [...own.map(([name]) => name), ...branches];
}

/** Whether a property does not go in a direction. */
export function isHidden({ document, direction }: HiddenPropertiesOptions, property: DocumentNode): boolean {
  const flag = direction === "sent" ? "readOnly" : "writeOnly";
  return objectAt(property)?.[flag] === true || objectAt(document.resolve(property))?.[flag] === true;
}
