import { AgentKitError, parseJson } from "@agentkit/core";
import type { JsonValue, SideEffects, ToolContext } from "@agentkit/core";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { isSuccess, statusFailed, toEndpointFailure } from "./endpoint-failure.ts";
import type { HttpClient } from "./http-client.ts";
import type { HttpRequest, HttpResponse, HttpResponseHead } from "./http-message.ts";
import { type OutgoingRequest, toOutgoingText } from "./outgoing-request.ts";

/** A tool's request to a server. */
export interface EndpointCall {
  readonly client: HttpClient;
  readonly guard: ToolContext["guard"];
  /** What the guard is shown of it. */
  readonly outgoing: OutgoingRequest;
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
 * Has the guard look at a tool's request, sends it and reads the answer as text or JSON. Where a server redirects to another
 * origin, the guard is asked about that first.
 *
 * @throws AgentKitError `content_blocked` when the guard does not let it go: nothing was sent, or to the first server only;
 * `http_status_failed` for a status other than 2xx, whether its body could be read or not, retryable where
 * the server says that it is a matter of time; `tool_outcome_unknown` when a request with unsafe side effects may have arrived
 * and no answer says clearly whether it was carried out; `tool_result_invalid` when one with side effects was carried out and
 * its answer cannot be read; otherwise as `HttpClient.send` does. No message has a secret in it.
 */
export async function callEndpoint(call: EndpointCall): Promise<HttpAnswer> {
  const { client, request, secrets, timeoutMs, guard } = call;
  const onLeave = async ({ method, url }: { readonly method: string; readonly url: URL }): Promise<void> => {
    // The server may have put into the new address what it was sent.
    await guard("outgoing_http", toOutgoingText({ method, url: secrets.hide(url.href) }));
  };
  await guard("outgoing_http", toOutgoingText(call.outgoing));
  const answers: HttpResponseHead[] = [];
  const onAnswer = (answer: HttpResponseHead): void => void answers.push(answer);
  let response: HttpResponse;
  try {
    const limits = { mediaTypes: textTypes, timeoutMs: timeoutMs + headStartMs };
    response = await client.send({ ...limits, ...request, onAnswer, onLeave });
  } catch (error) {
    throw AgentKitError.is(error) ? toEndpointFailure(call, answers, hideIn(error, secrets)) : error;
  }
  const text = decode(response);
  if (!isSuccess(response.status)) throw statusFailed(call, answers, { ...response, said: secrets.hide(text) });
  const headers = Object.entries(response.headers).map(([name, value]) => [name, secrets.hide(value)] as const);
  return { status: response.status, headers: Object.fromEntries(headers), body: toBody(response, text, secrets) };
}

function hideIn(error: AgentKitError, secrets: CallSecrets): AgentKitError {
  const { code, message, retryable, retryAfterMs, param } = error;
  const hidden = secrets.hide(message);
  if (hidden === message) return error;
  return new AgentKitError(code, hidden, {
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(param !== undefined && { param }),
  });
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

function decode({ headers, body }: HttpResponse): string {
  const charset = /;\s*charset="?([^\s";]+)/i.exec(headers["content-type"] ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    // A label that nobody knows.
    return new TextDecoder().decode(body);
  }
}

/** Secrets are hidden in what JSON means: its escapes can write them in many ways. */
function toBody({ headers, body }: HttpResponse, text: string, secrets: CallSecrets): JsonValue {
  if (body.length === 0) return null;
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && !type.endsWith("+json")) return secrets.hide(text);
  try {
    return secrets.hideIn(parseJson(text));
  } catch {
    // It says JSON and is not: the model can still read it.
    return secrets.hide(text);
  }
}
