import { createHash } from "node:crypto";

/**
 * The first 16 hexadecimal digits of the SHA-256 of keys that are printed in public documentation and browser sources
 * (Firebase, Chromium, Maps samples). Which keys those are: the allowlist of gitleaks' rule for Google keys (MIT).
 */
const sampleKeyHashes: ReadonlySet<string> = new Set([
  "f56e323494a6ffc2",
  "2037abcaffb2b777",
  "3f370c9dd8225c63",
  "e4a5542bb7fd7b67",
  "a19f89ab3555eac1",
  "eb540d2b6ee2a0a4",
  "37f8f09bdf12c2f2",
  "8731261cb72d8626",
  "49f777db995e8260",
  "27a9a42931dff7eb",
  "dc0fcf046c61640c",
  "3b156c0ed8092b50",
  "ea9bb1082cf95663",
  "3a8b61d0f636b007",
  "a6c814bc555ae62c",
  "0b476bdf9acf2123",
]);

/** Whether a key is one of those that public samples are printed with. Compared by hash, so that no key stands in the code. */
export function isSampleKey(key: string): boolean {
  return sampleKeyHashes.has(createHash("sha256").update(key).digest("hex").slice(0, 16));
}
