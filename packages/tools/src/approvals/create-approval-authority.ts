import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { AgentKitError } from "@agentkit/core";
import type { ApprovalAuthority } from "@agentkit/core";

/** What an approval authority is made of. */
export interface ApprovalAuthorityOptions {
  /** The secret key: 32 random bytes as 64 hexadecimal digits, base64 or base64url. `generateApprovalKey` makes one. */
  readonly key: string;
  /**
   * Public keys, in the form of {@link Ed25519ApprovalAuthority.publicKey}, that signed before this key was taken into use. What
   * they signed still holds: approvals that were asked for or given, and not used yet.
   */
  readonly earlierKeys?: readonly string[];
}

/** An authority whose signatures an auditor checks with the public key alone. */
export interface Ed25519ApprovalAuthority extends ApprovalAuthority {
  /** The raw 32 bytes as base64url: the `x` of a JSON Web Key `{ kty: "OKP", crv: "Ed25519" }` (RFC 8037). */
  readonly publicKey: string;
}

/**
 * Makes the authority that signs a deployment's approvals by Ed25519 (RFC 8032). All processes that work on one log need the
 * same key; whoever has it can forge approvals.
 *
 * @throws AgentKitError `definition_invalid` for a key that is none; the message never repeats it.
 *
 * @example
 * ```ts
 * import { createApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
 *
 * const approvals = createApprovalAuthority({ key: generateApprovalKey() });
 * approvals.verify("text", approvals.sign("text")); // true
 * ```
 */
export function createApprovalAuthority(options: ApprovalAuthorityOptions): Ed25519ApprovalAuthority {
  const seed = toBytes(options.key);
  if (seed === undefined) {
    throw invalid("The key of an approval authority has to be 32 bytes, as 64 hexadecimal digits or as base64.");
  }
  const privateKey = toPrivateKey(seed);
  const own = createPublicKey(privateKey);
  const publicKey = toText(own);
  const accepted = [own, ...(options.earlierKeys ?? []).map(toPublicKey)];
  return {
    keyId: toKeyId(publicKey),
    publicKey,
    sign: (statement) => sign(null, Buffer.from(statement, "utf8"), privateKey).toString("base64url"),
    verify(statement, signature) {
      const bytes = toSignature(signature);
      if (bytes === undefined) return false;
      const signed = Buffer.from(statement, "utf8");
      return accepted.some((key) => verify(null, signed, key, bytes));
    },
  };
}

/** A new secret key for {@link createApprovalAuthority}: 32 random bytes as base64url. */
export function generateApprovalKey(): string {
  return randomBytes(32).toString("base64url");
}

const hexadecimal = /^[0-9a-f]{64}$/i;
const base64 = /^[A-Za-z0-9+/_-]{43}=?$/;

function toBytes(text: string): Buffer | undefined {
  if (hexadecimal.test(text)) return Buffer.from(text, "hex");
  return base64.test(text) ? Buffer.from(text, "base64") : undefined;
}

// RFC 8410 puts nothing but these constants before the 32 bytes.
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");

function toPrivateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: "der", type: "pkcs8" });
}

function toPublicKey(text: string, index: number): KeyObject {
  const bytes = toBytes(text);
  if (bytes === undefined) {
    throw invalid(
      `The earlier key [${index}] has to be a public key: 32 bytes, as 64 hexadecimal digits or as base64.`,
    );
  }
  return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: "der", type: "spki" });
}

function toText(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).subarray(publicPrefix.length).toString("base64url");
}

function toKeyId(publicKey: string): string {
  return `ed25519:${createHash("sha256").update(publicKey, "base64url").digest("hex").slice(0, 16)}`;
}

/** The bytes of a signature in its one spelling, so that no second text stands for the same approval. */
function toSignature(text: string): Buffer | undefined {
  if (text.length !== 86) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 64 && bytes.toString("base64url") === text ? bytes : undefined;
}

function invalid(message: string): AgentKitError {
  return new AgentKitError("definition_invalid", message);
}
