import type { ContentHash } from "../json/content-hash.ts";
import type { JsonObject } from "../json/json.ts";

/** What stands in the log in the place of data that is kept as a blob. */
export interface BlobReference extends JsonObject {
  readonly $blob: { readonly hash: ContentHash; readonly bytes: number };
}

/** Refers to the blob of an event's data, which is the UTF-8 text of its JSON. */
export function toBlobReference(hash: ContentHash, bytes: number): BlobReference {
  return { $blob: { hash, bytes } };
}

/** Tells a reference from other data by its form alone. */
export function isBlobReference(data: JsonObject): data is BlobReference {
  const { $blob: blob } = data;
  if (typeof blob !== "object" || blob === null || !("hash" in blob)) return false;
  const { hash, bytes } = blob;
  return Object.keys(data).length === 1 && typeof hash === "string" && isHash(hash) && typeof bytes === "number";
}

function isHash(hash: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(hash);
}
