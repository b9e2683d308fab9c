import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import type { VaultEntry } from "./vault-store.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** What a sealed value belongs to. It is authenticated with the value, so that an entry cannot be put in another's place. */
export type SealedPlace = Omit<VaultEntry, "sealed">;

/** Encrypts a value under a subject's key: as an object, which is made once for many values, for that takes longer than to encrypt one. */
export function seal(value: string, place: SealedPlace, key: KeyObject): VaultEntry {
  const nonce = nextNonce();
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(toAssociatedData(place));
  // UTF-16, because a value may hold a lone surrogate, which UTF-8 has no form for.
  const text = Buffer.concat([cipher.update(value, "utf16le"), cipher.final()]);
  const sealed = Buffer.concat([nonce, text, cipher.getAuthTag()]).toString("base64");
  return { ...place, sealed };
}

/** Drawn many at a time: a draw takes longer than to encrypt a value. Each is used once. */
let nonces = Buffer.alloc(0);

function nextNonce(): Buffer {
  if (nonces.length === 0) nonces = randomBytes(nonceBytes * noncesDrawn);
  const nonce = nonces.subarray(0, nonceBytes);
  nonces = nonces.subarray(nonceBytes);
  return nonce;
}

const noncesDrawn = 256;

/** Decrypts what {@link seal} gave; nothing when the key or the place is another, or the bytes were changed. */
export function unseal({ sealed, ...place }: VaultEntry, key: KeyObject): string | undefined {
  const bytes = Buffer.from(sealed, "base64");
  // The cipher throws for a nonce or a tag that is too short.
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(toAssociatedData(place));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const text = bytes.subarray(nonceBytes, -tagBytes);
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]).toString("utf16le");
  } catch {
    // A subject that was erased and came back has another key.
    return undefined;
  }
}

function toAssociatedData({ session, placeholder, subject, category }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([session, placeholder, subject, category]));
}
