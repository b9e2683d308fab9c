import { AgentKitError } from "@agentkit/core";
import type { SideEffects } from "@agentkit/core";
import type { HttpResponseHead } from "./http-message.ts";

/** What a failure of a request means to the tool that made it. */
interface FailedEndpoint {
  readonly sideEffects: SideEffects;
}

/** An answer with a status other than 2xx. */
interface FailedAnswer extends HttpResponseHead {
  /** What its body says, without secrets. */
  readonly said: string;
}

/**
 * What a request that did not come to an answer means: as it is when the server did not get it or when it has no side effects; by
 * the status when only the body could not be read; otherwise that the outcome is unknown.
 *
 * @param answers every answer that came, redirects included.
 */
export function toEndpointFailure(
  endpoint: FailedEndpoint,
  answers: readonly HttpResponseHead[],
  error: AgentKitError,
): AgentKitError {
  if (error.code === "aborted") return error;
  const last = answers.at(-1);
  if (last !== undefined && isFinal(last)) return bodyFailed(endpoint, answers, { last, error });
  if (endpoint.sideEffects !== "unsafe") return error;
  const isOpen = mayHaveActed(answers) || leavesOutcomeOpen.has(error.code);
  return isOpen ? outcomeUnknown(error.message, error) : error;
}

/**
 * The failure of a status. One that does not say that the request was not carried out leaves the outcome of an unsafe one unknown.
 */
export function statusFailed(
  { sideEffects }: FailedEndpoint,
  answers: readonly HttpResponseHead[],
  { url, status, headers, said }: FailedAnswer,
): AgentKitError {
  const trimmed = said.trim();
  const message = `'${url.hostname}' answered with status ${status}${trimmed === "" ? "" : `: ${cut(trimmed)}`}`;
  if (sideEffects === "unsafe" && (mayHaveActed(answers) || !saysNotDone(status))) return outcomeUnknown(`${message}.`);
  const retryAfterMs = toMilliseconds(headers["retry-after"]);
  return new AgentKitError("http_status_failed", message, {
    retryable: mayPass.has(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Whether a status says that the request was carried out. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

interface UnreadBody {
  readonly last: HttpResponseHead;
  readonly error: AgentKitError;
}

function bodyFailed(
  endpoint: FailedEndpoint,
  answers: readonly HttpResponseHead[],
  { last, error }: UnreadBody,
): AgentKitError {
  if (!isSuccess(last.status)) return statusFailed(endpoint, answers, { ...last, said: "" });
  const { sideEffects } = endpoint;
  if (sideEffects === "none") return error;
  // Cut off: a server that streams its answer may have stopped in the middle of the work.
  if (brokeOff.has(error.code)) return sideEffects === "unsafe" ? outcomeUnknown(error.message, error) : error;
  const message = `The request was carried out, but its answer could not be read: ${error.message}`;
  return new AgentKitError("tool_result_invalid", message, { cause: error });
}

/** Whether `send` had nothing more to ask for after an answer. */
function isFinal({ status, headers }: HttpResponseHead): boolean {
  return headers["location"] === undefined || !redirectStatuses.has(status);
}

/** These answer a request by sending its client to look elsewhere; 307 and 308 say that nothing was done yet. */
function mayHaveActed(answers: readonly HttpResponseHead[]): boolean {
  return answers.some((answer) => !isFinal(answer) && answer.status < 304);
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const brokeOff: ReadonlySet<string> = new Set(["network_connection_lost", "network_timeout"]);

/** Failures after which the server may have got the request although no answer came. What was refused or not connected is none. */
const leavesOutcomeOpen: ReadonlySet<string> = new Set([
  ...brokeOff,
  "network_response_invalid",
  "network_response_too_large",
]);

function outcomeUnknown(message: string, cause?: unknown): AgentKitError {
  const advice = "Whether the request took effect is unknown: find out before it is made again.";
  return new AgentKitError("tool_outcome_unknown", `${message} ${advice}`, { cause });
}

const mayPass: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/**
 * Refused, moved, not implemented, not available now, or in a version that is not spoken. Everything else (500, or 502 and 504 of
 * a server in between) may have come after the effect.
 */
function saysNotDone(status: number): boolean {
  return (status >= 400 && status <= 499) || [307, 308, 501, 503, 505].includes(status);
}

/** `Retry-After`: seconds, or a date. */
function toMilliseconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

const longestCut = 1_000;

// Not within a token: half of one is told by nobody who redacts what is recorded.
function cut(text: string): string {
  if (text.length <= longestCut) return text;
  return `${text
    .slice(0, longestCut)
    .replace(/[\w.~+/=-]{1,300}$/, "")
    .toWellFormed()}…`;
}
