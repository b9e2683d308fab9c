/**
 * Signs the approvals of a deployment, and recognises its own signatures: neither a request that it never made nor an
 * approval that somebody wrote into the log passes for one. All processes that work on a log share its key.
 *
 * `sign` and `verify` are synchronous and never throw; `verify` compares in constant time and says `false` for what is no
 * signature at all. `createApprovalAuthority` of `@agentkit/tools` makes one.
 */
export interface ApprovalAuthority {
  /** Names the key, so that a record says which one signed. */
  readonly keyId: string;
  /** Signs a text; the signature is base64url. */
  sign(statement: string): string;
  verify(statement: string, signature: string): boolean;
}
