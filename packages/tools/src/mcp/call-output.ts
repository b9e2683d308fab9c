import type { CallToolResult, ContentBlock, EmbeddedResource } from "@modelcontextprotocol/client";
import { canonicalJson } from "@agentkit/core";

/**
 * The text that the model gets of a result: structured content as JSON, text as it is, and for what is no text a line that says
 * what it is and how large. The text in which a server repeats its structured content is left out.
 */
export function toCallOutput({
  content,
  structuredContent,
}: Pick<CallToolResult, "content" | "structuredContent">): string {
  if (structuredContent === undefined) return content.map(toText).join("\n");
  const rest = content.filter((block) => !repeats(block, structuredContent));
  return [JSON.stringify(structuredContent), ...rest.map(toText)].join("\n");
}

function repeats(block: ContentBlock, structured: unknown): boolean {
  if (block.type !== "text") return false;
  try {
    return canonicalJson(JSON.parse(block.text)) === canonicalJson(structured);
  } catch {
    return false;
  }
}

function toText(block: ContentBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "image":
    case "audio":
      return `[${block.type}: ${block.mimeType}, ${byteLength(block.data)} bytes]`;
    case "resource_link":
      return `[link to resource ${block.uri}: ${block.mimeType ?? "unknown type"}, ${block.size ?? "unknown"} bytes]`;
    case "resource":
      return resourceText(block);
  }
}

function resourceText({ resource }: EmbeddedResource): string {
  const type = resource.mimeType ?? "unknown type";
  if ("blob" in resource) return `[resource ${resource.uri}: ${type}, ${byteLength(resource.blob)} bytes]`;
  return `[resource ${resource.uri}: ${type}, ${Buffer.byteLength(resource.text)} bytes]\n${resource.text}`;
}

function byteLength(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}
