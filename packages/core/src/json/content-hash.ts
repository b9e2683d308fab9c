import { hash } from "node:crypto";

/** A SHA-256 digest of bytes or of UTF-8 text, written `sha256:` and 64 lower-case hexadecimal digits. */
export type ContentHash = `sha256:${string}`;

/**
 * Hashes bytes, or text as UTF-8, to their content address. Hash canonical JSON ({@link canonicalJson}) to address a value.
 *
 * @see FIPS 180-4, Secure Hash Standard
 *
 * @example
 * ```ts
 * import { contentHash } from "@agentkit/core";
 *
 * contentHash("abc"); // sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
 * ```
 */
export function contentHash(content: string | Uint8Array): ContentHash {
  return `sha256:${hash("sha256", content)}`;
}
