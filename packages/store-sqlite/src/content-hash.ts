import { assertBlobHash, type ContentHash } from "@agentkit/core";

/** Reads a hash back. Throws `input_invalid` for anything else. */
export function toContentHash(text: string): ContentHash {
  assertBlobHash(text);
  return `sha256:${text.slice("sha256:".length)}`;
}
