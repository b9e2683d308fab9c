import { toolDefinitionInvalid } from "@agentkit/core";
import { z } from "zod";
import { childOf, childrenOf, documentInvalid, readAt } from "./document-node.ts";
import type { DocumentNode } from "./document-node.ts";

/** Where an operation's server is, when the document does not say it or is not to decide. */
export interface ServerOptions {
  /** Takes the place of every server of the document. */
  readonly baseUrl?: string;
  /** Values of the variables in the servers' URLs. Default: what the document says. */
  readonly serverVariables?: Readonly<Record<string, string>>;
}

const serverSchema = z.looseObject({ url: z.string() });
const variableSchema = z.looseObject({ default: z.coerce.string(), enum: z.array(z.coerce.string()).optional() });

/**
 * The URL that an operation's path is appended to: without a slash at its end.
 *
 * @throws AgentKitError `openapi_document_invalid`, `definition_invalid`.
 */
export function toServerUrl(servers: DocumentNode | undefined, options: ServerOptions): string {
  const { baseUrl } = options;
  if (baseUrl !== undefined) {
    const problem = urlProblem(baseUrl);
    if (problem !== undefined) throw toolDefinitionInvalid("openapi", `baseUrl ${problem}`);
    return baseUrl.replace(/\/+$/, "");
  }
  const server = servers && childOf(servers, 0);
  if (server?.value === undefined) {
    throw toolDefinitionInvalid("openapi", "the document names no server; give the option 'baseUrl'");
  }
  const url = fillVariables(server, options.serverVariables ?? {});
  const problem = urlProblem(url);
  if (problem !== undefined) {
    throw documentInvalid(childOf(server, "url"), `the server's URL ${problem}; give the option 'baseUrl'`);
  }
  return url.replace(/\/+$/, "");
}

function fillVariables(server: DocumentNode, given: Readonly<Record<string, string>>): string {
  const { url } = readAt(serverSchema, server);
  const variables = new Map(
    childrenOf(childOf(server, "variables")).map(([name, node]) => {
      const { default: preset, enum: allowed } = readAt(variableSchema, node);
      const value = given[name] ?? preset;
      if (allowed?.includes(value) === false) {
        throw toolDefinitionInvalid("openapi", `the server variable '${name}' must be one of ${allowed.join(", ")}`);
      }
      return [name, value] as const;
    }),
  );
  return url.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = variables.get(name);
    if (value === undefined)
      throw documentInvalid(server, `its URL has the variable '${name}', which is not described`);
    return value;
  });
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return "is not absolute";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "is neither https nor http";
  if (url.username !== "" || url.password !== "") return "has a user name or password; give credentials as secrets";
  return url.search === "" && url.hash === "" ? undefined : "has a query or a fragment";
}
