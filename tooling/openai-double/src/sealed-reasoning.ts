import { createHash } from "node:crypto";

/**
 * The `encrypted_content` of a reasoning item: opaque to the client, and bound to the item, so that a client that
 * changes it, or moves it to another item, is refused as at OpenAI. It needs no memory: a double started anew accepts
 * what its predecessor sealed.
 */
export function sealReasoning(itemId: string): string {
  return `gAAAA${createHash("sha256").update(`sealed:${itemId}`).digest("base64url")}`;
}

/** Whether this content was sealed for this item. */
export function isSealedFor(itemId: string, encryptedContent: string): boolean {
  return encryptedContent === sealReasoning(itemId);
}
