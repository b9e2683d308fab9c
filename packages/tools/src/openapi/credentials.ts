import { AgentKitError, toolDefinitionInvalid } from "@agentkit/core";
import { z } from "zod";
import { isHeaderText, rememberLogin } from "../http/secret-header.ts";
import { encodeValue } from "../http/fill-template.ts";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { childOf, childrenOf, documentInvalid, readAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";
import type { OpenDocument } from "./open-document.ts";

/** A way to say who calls, and the secret that says it. */
export type Credential =
  | { readonly kind: "header" | "query" | "cookie"; readonly name: string; readonly secret: string }
  | { readonly kind: "bearer" | "basic"; readonly secret: string };

/** What credentials add to a request. */
export interface SentCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly string[];
  readonly cookies: readonly string[];
}

/** What a choice of credentials needs to know. */
export interface CredentialOptions {
  readonly document: OpenDocument;
  /** The operation's name, for messages. */
  readonly operation: string;
  /** The name of the secret for each security scheme that can be used. */
  readonly credentials: Readonly<Record<string, string>>;
}

/**
 * Chooses the first of an operation's security requirements for which every secret is given; none when the operation does not
 * need any, or leaves it open and no secret is given.
 *
 * @throws AgentKitError `definition_invalid` when no requirement can be met, `openapi_document_invalid`.
 */
export function chooseCredentials(
  security: DocumentNode | undefined,
  options: CredentialOptions,
): readonly Credential[] {
  const requirements = (security ? childrenOf(security) : []).map(([, node]) => childrenOf(node).map(([name]) => name));
  const offered = requirements.filter((names) => names.length > 0);
  const chosen = offered.find((names) => names.every((name) => Object.hasOwn(options.credentials, name)));
  if (chosen !== undefined) return chosen.map((name) => toCredential(name, options));
  // Every scheme is looked up, so that a document that names one which there is not is told of.
  for (const name of offered.flat()) schemeAt(options.document, name);
  if (offered.length === 0 || offered.length < requirements.length) return [];
  const needed = offered.map((names) => names.map((name) => `'${name}'`).join(" and ")).join(", or ");
  throw toolDefinitionInvalid(
    options.operation,
    `it needs credentials for ${needed}; name their secrets in 'credentials'`,
  );
}

/**
 * Fills in the secrets.
 *
 * @throws AgentKitError `secret_not_found`, and `config_invalid` for a secret that HTTP cannot carry there.
 */
export async function sendCredentials(
  credentials: readonly Credential[],
  secrets: CallSecrets,
): Promise<SentCredentials> {
  const headers: Record<string, string> = {};
  const query: string[] = [];
  const cookies: string[] = [];
  for (const credential of credentials) {
    const secret = await secrets.get(credential.secret);
    switch (credential.kind) {
      case "bearer":
        headers["authorization"] = `Bearer ${headerText(secret, credential)}`;
        break;
      case "basic":
        headers["authorization"] = `Basic ${toBasic(secret, secrets)}`;
        break;
      case "header":
        headers[credential.name.toLowerCase()] = headerText(secret, credential);
        break;
      case "query":
        query.push(`${encodeValue(credential.name)}=${encodeValue(secret)}`);
        break;
      case "cookie":
        cookies.push(`${credential.name}=${encodeValue(secret)}`);
        break;
    }
  }
  return { headers, query, cookies };
}

const schemeSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("apiKey"), in: z.enum(["header", "query", "cookie"]), name: z.string().min(1) }),
  z.looseObject({ type: z.literal("http"), scheme: z.string() }),
  z.looseObject({ type: z.literal("oauth2") }),
  z.looseObject({ type: z.literal("openIdConnect") }),
  z.looseObject({ type: z.literal("mutualTLS") }),
]);

function toCredential(name: string, { document, credentials }: CredentialOptions): Credential {
  const secret = credentials[name] ?? "";
  const node = schemeAt(document, name);
  const scheme = readAt(schemeSchema, node);
  switch (scheme.type) {
    case "apiKey":
      return { kind: scheme.in, name: scheme.name, secret };
    case "oauth2":
    case "openIdConnect":
      return { kind: "bearer", secret };
    case "http":
      return { kind: httpKind(node, scheme.scheme), secret };
    case "mutualTLS":
      throw documentInvalid(node, "client certificates are not supported");
  }
}

function httpKind(node: DocumentNode, scheme: string): "bearer" | "basic" {
  const kind = scheme.toLowerCase();
  if (kind === "bearer" || kind === "basic") return kind;
  throw documentInvalid(childOf(node, "scheme"), `the HTTP scheme '${scheme}' is not supported; basic and bearer are`);
}

function schemeAt(document: OpenDocument, name: string): DocumentNode {
  const node = childOf(childOf(childOf(document.root, "components"), "securitySchemes"), name);
  if (node.value === undefined) throw documentInvalid(node, "a security requirement names a scheme that there is not");
  return document.resolve(node);
}

/** The secret of `basic` is `user:password`. */
function toBasic(secret: string, secrets: CallSecrets): string {
  rememberLogin(secret, secrets);
  return Buffer.from(secret, "utf8").toString("base64");
}

function headerText(secret: string, credential: Credential): string {
  if (isHeaderText(secret)) return secret;
  const message = `The secret '${credential.secret}' has characters that no header can carry.`;
  throw new AgentKitError("config_invalid", message);
}
