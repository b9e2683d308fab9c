import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createApprovalAuthority, generateApprovalKey } from "./create-approval-authority.ts";

/** The first test vector of RFC 8032, section 7.1. */
const vector = {
  key: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  signature:
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
};

describe("createApprovalAuthority", () => {
  it("signs as RFC 8032 says", () => {
    const authority = createApprovalAuthority({ key: vector.key });
    expect(Buffer.from(authority.publicKey, "base64url").toString("hex")).toBe(vector.publicKey);
    expect(Buffer.from(authority.sign(""), "base64url").toString("hex")).toBe(vector.signature);
  });

  it("lets an auditor verify with the public key alone", () => {
    const authority = createApprovalAuthority({ key: generateApprovalKey() });
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: authority.publicKey }, format: "jwk" });
    const signature = Buffer.from(authority.sign("approved: 17 €"), "base64url");
    expect(verify(null, Buffer.from("approved: 17 €"), key, signature)).toBe(true);
    expect(authority.verify("approved: 17 €", authority.sign("approved: 17 €"))).toBe(true);
  });

  it("is the same authority for each way to write a key", () => {
    const bytes = Buffer.from(vector.key, "hex");
    const ids = [vector.key, vector.key.toUpperCase(), bytes.toString("base64"), bytes.toString("base64url")].map(
      (key) => createApprovalAuthority({ key }).keyId,
    );
    expect(new Set(ids)).toEqual(new Set(["ed25519:21fe31dfa154a261"]));
  });

  it.each(["", "short", "g".repeat(64), "a".repeat(63), "a".repeat(45), `${"a".repeat(43)}\n`, "a".repeat(1000)])(
    "refuses the key %j without repeating it",
    (key) => {
      const create = () => createApprovalAuthority({ key });
      expect(create).toThrow(expect.objectContaining({ code: "definition_invalid" }));
      expect(create).not.toThrow(key === "" ? "''" : key);
    },
  );

  it("refuses an earlier key that is none", () => {
    const earlierKeys = [vector.publicKey, "none"];
    expect(() => createApprovalAuthority({ key: vector.key, earlierKeys })).toThrow(/earlier key \[1\]/);
  });

  it("does not take another key's signature, nor one over another text", () => {
    const authority = createApprovalAuthority({ key: vector.key });
    const other = createApprovalAuthority({ key: generateApprovalKey() });
    expect(authority.verify("text", other.sign("text"))).toBe(false);
    expect(authority.verify("text", authority.sign("text "))).toBe(false);
  });

  it("takes what an earlier key signed, and signs with the new one", () => {
    const before = createApprovalAuthority({ key: vector.key });
    const after = createApprovalAuthority({ key: generateApprovalKey(), earlierKeys: [before.publicKey] });
    expect(after.verify("text", before.sign("text"))).toBe(true);
    expect(before.verify("text", after.sign("text"))).toBe(false);
    expect(after.keyId).not.toBe(before.keyId);
  });

  it("calls every malformed signature false and throws for none", () => {
    const authority = createApprovalAuthority({ key: vector.key });
    const good = authority.sign("text");
    const last = good.at(-1) ?? "";
    // The last character carries two bits that are no part of the signature.
    const twin = `${good.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`;
    const bad = [
      "",
      ".",
      good.slice(1),
      `${good}A`,
      `${good}=`,
      ` ${good.slice(1)}`,
      "A".repeat(86),
      "é".repeat(86),
      twin,
    ];
    expect(bad.filter((signature) => authority.verify("text", signature))).toEqual([]);
  });

  it("generates a new key each time", () => {
    expect(generateApprovalKey()).not.toBe(generateApprovalKey());
    expect(Buffer.from(generateApprovalKey(), "base64url")).toHaveLength(32);
  });
});
