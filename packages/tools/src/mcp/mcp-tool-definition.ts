import type { Tool as ListedTool, ToolAnnotations } from "@modelcontextprotocol/client";
import { canonicalJson, type ContentHash, contentHash } from "@agentkit/core";

/** What a server says about one of its tools. */
export interface McpToolInfo {
  /** The server's own name of the tool. */
  readonly name: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
}

/** A tool as the server listed it, with the hash that a pin is compared with. */
export interface McpToolDefinition extends McpToolInfo {
  readonly hash: ContentHash;
  readonly listed: ListedTool;
}

/** Takes a listed tool with its hash. Throws when its text has no canonical form. */
export function toToolDefinition(listed: ListedTool): McpToolDefinition {
  const { name, description = "", annotations = {} } = listed;
  return { name, description, annotations, hash: definitionHash(listed), listed };
}

/**
 * SHA-256 over the canonical JSON of everything in a definition that a model reads or that decides how a call is treated:
 * name, title, description, schemas and annotations. Icons and `_meta` are left out: they may change with every listing.
 */
function definitionHash({ name, title, description, inputSchema, outputSchema, annotations }: ListedTool): ContentHash {
  return contentHash(canonicalJson({ name, title, description, inputSchema, outputSchema, annotations }));
}
