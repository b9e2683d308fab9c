import type { ErrorCode } from "@agentkit/core";
import type { ServerReport } from "./server-report.ts";

/** What a failure means to AgentKit. */
export interface Failure {
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

const again = (code: ErrorCode): Failure => ({ code, retryable: true });
const final = (code: ErrorCode): Failure => ({ code, retryable: false });

/** By the API's `code`, else its `type`. These say more than the status, and are all there is inside a stream. */
const byName: Readonly<Record<string, Failure>> = {
  billing_hard_limit_reached: final("model_quota_exceeded"),
  billing_not_active: final("model_quota_exceeded"),
  context_length_exceeded: final("model_context_length_exceeded"),
  exceed_context_size_error: final("model_context_length_exceeded"),
  insufficient_quota: final("model_quota_exceeded"),
  invalid_api_key: final("model_authentication_failed"),
  model_not_found: final("model_not_found"),
  rate_limit_exceeded: again("model_rate_limited"),
  server_is_overloaded: again("model_overloaded"),
  slow_down: again("model_overloaded"),
};

/** By HTTP status, for what the names above do not settle. 409 is a lock that was not got in time. */
const byStatus: Readonly<Record<number, Failure>> = {
  401: final("model_authentication_failed"),
  402: final("model_quota_exceeded"),
  403: final("model_authentication_failed"),
  408: again("model_timeout"),
  409: again("model_overloaded"),
  429: again("model_rate_limited"),
};

/** In a stream, failures of these names, or of none, may pass; others (a policy, a broken image) will not. */
const passingInStream = /server_error|internal|timeout|unavailable/i;

/** The one place that decides what a server's failure is, and whether the same request may succeed later. */
export function classifyReport(report: ServerReport): Failure {
  const failure = nameFailure(report) ?? describeFailure(report) ?? statusFailure(report);
  return report.shouldRetry === undefined ? failure : { ...failure, retryable: report.shouldRetry };
}

function nameFailure(report: ServerReport): Failure | undefined {
  return byName[report.code ?? ""] ?? byName[report.type ?? ""];
}

/** Servers other than OpenAI's often tell these two in words only. */
function describeFailure(report: ServerReport): Failure | undefined {
  const { status, param, message = "" } = report;
  if (status === undefined || status === 401 || status === 403) return undefined;
  if (/context (?:length|size|window)|maximum context/i.test(message)) return final("model_context_length_exceeded");
  const missing = /\bmodel\b.*(?:not found|not exist|not loaded|unknown)/i.test(message);
  return status === 404 && (missing || param === "model") ? final("model_not_found") : undefined;
}

function statusFailure(report: ServerReport): Failure {
  const { status } = report;
  if (status === undefined) {
    const name = report.code ?? report.type ?? "";
    return { code: "model_response_failed", retryable: name === "" || passingInStream.test(name) };
  }
  return byStatus[status] ?? (status >= 500 ? again("model_overloaded") : final("model_request_rejected"));
}

/** What happened and what to do next, by code. */
export const failureTexts: Readonly<Partial<Record<ErrorCode, readonly [happened: string, next: string]>>> = {
  model_authentication_failed: [
    "the credentials were refused",
    "Check the API key, and what its organization and project may use.",
  ],
  model_context_length_exceeded: [
    "the request is longer than the model's context",
    "Send less of the conversation, or name a model with a larger context.",
  ],
  model_not_found: [
    "the model is unknown there, or this key may not use it",
    "List the models it offers and name one of them.",
  ],
  model_overloaded: ["the server is overloaded or failing", "Try again later."],
  model_quota_exceeded: ["the account's quota is used up", "Check its plan and billing."],
  model_rate_limited: ["the server asks to slow down", "Try again later, or ask for higher limits."],
  model_request_rejected: ["the request was refused as invalid", "Correct it before sending it again."],
  model_response_failed: [
    "the request was accepted and then failed",
    "Try again if the error says it may pass; otherwise change the request.",
  ],
  model_timeout: ["there was no answer in time", "Try again, or allow a longer time."],
};
