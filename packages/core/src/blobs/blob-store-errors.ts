import { AgentKitError } from "../errors/agent-kit-error.ts";
import { type ContentHash, contentHash } from "../json/content-hash.ts";

const hashPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Refuses a hash that no blob can have. For authors of a {@link BlobStore}.
 *
 * @throws AgentKitError `input_invalid`
 *
 * @example
 * ```ts
 * import { assertBlobHash } from "@agentkit/core";
 *
 * assertBlobHash("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
 * ```
 */
export function assertBlobHash(hash: string): void {
  if (hashPattern.test(hash)) return;
  const message = `'${hash.slice(0, 80).toWellFormed()}' is no hash of a blob: 'sha256:' and 64 hexadecimal digits.`;
  throw new AgentKitError("input_invalid", message, { param: "hash" });
}

/**
 * Returns bytes that have the hash they are asked for by. For authors of a {@link BlobStore}.
 *
 * @throws AgentKitError `blob_corrupt`
 *
 * @example
 * ```ts
 * import { contentHash, verifyBlob } from "@agentkit/core";
 *
 * const bytes = new TextEncoder().encode("hello");
 * verifyBlob(contentHash(bytes), bytes);
 * ```
 */
export function verifyBlob(hash: ContentHash, bytes: Uint8Array): Uint8Array {
  if (contentHash(bytes) === hash) return bytes;
  throw new AgentKitError(
    "blob_corrupt",
    `The blob store holds ${bytes.length} bytes for ${hash} that do not have this hash. Restore the blob from a backup.`,
  );
}

/** `store_closed`: the store was closed before the call. For authors of a {@link BlobStore}. */
export function blobStoreClosed(): AgentKitError {
  return new AgentKitError("store_closed", "The blob store is closed. Open it again to go on.");
}
