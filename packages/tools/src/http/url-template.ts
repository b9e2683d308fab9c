import { placeholdersOf } from "./fill-template.ts";

/** A URL with placeholders in its path and query. */
export interface UrlTemplate {
  readonly origin: string;
  /** In the URL parser's form, but for its placeholders. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  readonly placeholders: readonly string[];
}

/** Takes a URL template apart, or says what is wrong with it. */
export function parseUrlTemplate(text: string): UrlTemplate | string {
  const match = /^([a-z]+:\/\/[^/?#\\]*)([^?#]*)(?:\?([^#]*))?$/i.exec(text);
  if (match === null) return "must be absolute, without a fragment";
  const [, start = "", path = "", query = ""] = match;
  if (/[{}]/.test(start)) return "has a placeholder before its path";
  const url = URL.parse(start);
  if (url === null) return "names no host";
  const problem = originProblem(url) ?? placeholderProblem(`${path}${query}`);
  if (problem !== undefined) return problem;
  return { origin: url.origin, path: path || "/", query, placeholders: placeholdersOf(`${path}${query}`) };
}

function originProblem({ protocol, username, password }: URL): string | undefined {
  if (protocol !== "https:" && protocol !== "http:") return "must be one of https or http";
  return username === "" && password === "" ? undefined : "has a user name or password; use a header with a secret";
}

function placeholderProblem(rest: string): string | undefined {
  const broken = /[{}]/.test(rest.replaceAll(/\{\w+\}/g, ""));
  return broken ? "has a placeholder that is no field name in braces" : undefined;
}
