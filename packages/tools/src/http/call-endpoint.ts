import { AgentKitError, parseJson } from "@agentkit/core";
import type { JsonValue, SideEffects } from "@agentkit/core";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import type { HttpClient } from "./http-client.ts";
import type { HttpRequest, HttpResponse } from "./http-message.ts";

/** A tool's request to a server. */
export interface EndpointCall {
  readonly client: HttpClient;
  readonly request: HttpRequest;
  readonly secrets: CallSecrets;
  readonly sideEffects: SideEffects;
  /** The tool's time limit, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a server answered a tool, without the secrets that it may have repeated. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON value where the answer is JSON, otherwise text; null for an answer without a body. */
  readonly body: JsonValue;
}

/**
 * Sends a tool's request and reads the answer as text or JSON.
 *
 * @throws AgentKitError `http_status_failed` for a status other than 2xx, retryable where the server says that it is a matter of
 * time; `tool_outcome_unknown` when a request with unsafe side effects may have arrived and no answer came; otherwise as
 * `HttpClient.send` does.
 */
export async function callEndpoint(call: EndpointCall): Promise<HttpAnswer> {
  const response = await send(call);
  const text = call.secrets.hide(decode(response));
  if (response.status < 200 || response.status > 299) throw statusFailed(call, response, text);
  const headers = Object.entries(response.headers).map(([name, value]) => [name, call.secrets.hide(value)] as const);
  return { status: response.status, headers: Object.fromEntries(headers), body: toBody(response, text) };
}

/** Types that a model can read. */
const textTypes = [
  "text/*",
  "application/json",
  "*+json",
  "application/x-ndjson",
  "application/xml",
  "*+xml",
  "application/yaml",
  "application/x-www-form-urlencoded",
] as const;

/**
 * The engine ends a call in time and knows what that means for its outcome; the client's own limit comes after it, for a tool
 * that is called without an engine.
 */
const headStartMs = 500;

async function send({ client, request, sideEffects, timeoutMs }: EndpointCall): Promise<HttpResponse> {
  try {
    return await client.send({ mediaTypes: textTypes, timeoutMs: timeoutMs + headStartMs, ...request });
  } catch (error) {
    if (sideEffects !== "unsafe" || !AgentKitError.is(error) || !leavesOutcomeOpen.has(error.code)) throw error;
    throw outcomeUnknown(error.message, error);
  }
}

const leavesOutcomeOpen: ReadonlySet<string> = new Set(["network_connection_lost", "network_timeout"]);

function outcomeUnknown(message: string, cause?: unknown): AgentKitError {
  const advice = "Whether the request took effect is unknown: find out before it is made again.";
  return new AgentKitError("tool_outcome_unknown", `${message} ${advice}`, { cause });
}

/** A server in between did not hear from the one that acts: the same as hearing nothing oneself. */
const gatewayTimeout = 504;
const mayPass: ReadonlySet<number> = new Set([408, 429, 502, 503, gatewayTimeout]);

function statusFailed({ sideEffects }: EndpointCall, response: HttpResponse, text: string): AgentKitError {
  const said = text.trim() === "" ? "" : `: ${cut(text.trim())}`;
  const message = `'${response.url.hostname}' answered with status ${response.status}${said}`;
  if (response.status === gatewayTimeout && sideEffects === "unsafe") return outcomeUnknown(`${message}.`);
  const retryAfterMs = toMilliseconds(response.headers["retry-after"]);
  return new AgentKitError("http_status_failed", message, {
    retryable: mayPass.has(response.status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** `Retry-After`: seconds, or a date. */
function toMilliseconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

const longestCut = 1_000;

function cut(text: string): string {
  return text.length <= longestCut ? text : `${text.slice(0, longestCut).toWellFormed()}…`;
}

function decode({ headers, body }: HttpResponse): string {
  const charset = /;\s*charset="?([^\s";]+)/i.exec(headers["content-type"] ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    // A label that nobody knows.
    return new TextDecoder().decode(body);
  }
}

function toBody({ headers, body }: HttpResponse, text: string): JsonValue {
  if (body.length === 0) return null;
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json")) return text;
  try {
    return parseJson(text);
  } catch {
    // It says JSON and is not: the model can still read it.
    return text;
  }
}
