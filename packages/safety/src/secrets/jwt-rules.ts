import type { SecretRule } from "./secret-rule.ts";
import { tokenRule } from "./token-rule.ts";

/** RFC 7519 in its compact form; the signature of an unsecured token is empty. `\/` is how some write JSON. */
const jwt = tokenRule({
  id: "jwt",
  keywords: ["ey"],
  pattern: String.raw`ey[A-Za-z0-9_-]{15,2000}\.ey[A-Za-z0-9_/\\-]{15,8000}\.(?:[A-Za-z0-9_/\\-]{8,4000}={0,2})?`,
});

/** The same, encoded in base64 once more, as in the manifests of Kubernetes. */
const encodedJwt = tokenRule({
  id: "jwt-base64",
  keywords: ["zxlk", "zxlx"],
  pattern: "ZXl[JKX][A-Za-z0-9+/_-]{60,8000}={0,2}",
  accepts: (token) => /^ey[A-Za-z0-9_=.-]{40,}/.test(Buffer.from(token.slice(0, 80), "base64").toString("latin1")),
});

/** The rules of JSON Web Tokens. */
export const jwtRules: readonly SecretRule[] = [jwt, encodedJwt];
