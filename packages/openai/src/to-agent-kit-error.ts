import { AgentKitError } from "@agentkit/core";
import { APIConnectionError, APIConnectionTimeoutError, APIError, OpenAIError } from "openai";
import type { Exchange } from "./exchange.ts";
import { classifyReport, failureTexts } from "./failure-table.ts";
import { toProtocolError } from "./protocol-error.ts";
import { type ServerReport, readApiError } from "./server-report.ts";

/** How far a request had come when it failed. */
export type RequestPhase = "opening" | "streaming";

/**
 * Maps what the SDK or the network threw. The original is not kept: it holds the answer's headers and body, and with them
 * cookies, account names and pieces of the prompt.
 */
export function toAgentKitError(error: unknown, exchange: Exchange, phase: RequestPhase): AgentKitError {
  if (AgentKitError.is(error)) return error;
  if (error instanceof APIConnectionTimeoutError) return toTimeoutError(exchange, "no answer began");
  if (error instanceof APIConnectionError) return toNetworkError(error, exchange, phase);
  if (error instanceof APIError) {
    return toReportedError(readApiError(error), exchange);
  }
  // The SDK throws these two for an answer that is not what its content type says, or has no body.
  if (error instanceof SyntaxError) return toProtocolError(exchange, "it is not valid JSON");
  if (error instanceof OpenAIError) return toProtocolError(exchange, "it has no body");
  return toNetworkError(error, exchange, phase);
}

/** The error for a failure that the server reported. */
export function toReportedError(report: ServerReport, exchange: Exchange): AgentKitError {
  const { code, retryable } = classifyReport(report);
  const { retryAfterMs, param } = report;
  const [happened, next] = failureTexts[code] ?? ["the request failed", "Try again later."];
  // Refused credentials are repeated in part by OpenAI's message.
  const quote = code === "model_authentication_failed" ? "" : exchange.quote(report.message);
  const facts = describeReport(report);
  return new AgentKitError(code, `${exchange.server}: ${happened}${facts}.${quote} ${nextStep(report) ?? next}`, {
    retryable,
    cause: new Error(`The server reported a failure${facts}.`),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(param === undefined ? {} : { param }),
  });
}

/** The error for a server that is silent for longer than the limit. */
export function toTimeoutError(exchange: Exchange, what: string): AgentKitError {
  const message = `${exchange.server}: ${what} within the time limit. Try again, or allow a longer time by timeoutMs.`;
  return new AgentKitError("model_timeout", message, { retryable: true });
}

/** The error for a stream that ended before the event that ends an answer. */
export function toInterruptedError(exchange: Exchange, reason = ""): AgentKitError {
  const message = `${exchange.server}: the stream ended before the answer did${reason}. The part received was discarded; try again.`;
  return new AgentKitError("model_stream_interrupted", message, { retryable: true });
}

function toNetworkError(error: unknown, exchange: Exchange, phase: RequestPhase): AgentKitError {
  const code = findSystemCode(error);
  if (code?.includes("TIMEOUT") === true || code === "ETIMEDOUT") {
    return toTimeoutError(exchange, "the connection was silent");
  }
  const reason = code === undefined ? "" : ` (${code})`;
  if (phase === "streaming") return toInterruptedError(exchange, reason);
  const message = `${exchange.server}: cannot be reached${reason}. Check that it runs and that the base URL names it.`;
  return new AgentKitError("model_unreachable", message, { retryable: true });
}

/** The system's name for a fault (`ECONNREFUSED`), which the layers above it wrap as a cause. */
function findSystemCode(error: unknown): string | undefined {
  for (let layer = error; layer instanceof Error; layer = layer.cause) {
    if ("code" in layer && typeof layer.code === "string") return layer.code;
  }
  return undefined;
}

function describeReport(report: ServerReport): string {
  const { status, code, type, param, requestId } = report;
  const facts = [
    status === undefined ? undefined : `HTTP ${status}`,
    code === undefined ? type : `code '${code}'`,
    param === undefined ? undefined : `param '${param}'`,
    requestId === undefined ? undefined : `request ${requestId}`,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? "" : ` (${facts.join(", ")})`;
}

/** Advice that the status gives beyond what the code does. */
function nextStep(report: ServerReport): string | undefined {
  if (report.status === 413) return "Send a smaller request.";
  const unknownPath = /^$|^not found|\b(?:url|path|route|page)\b/i.test(report.message ?? "");
  return report.status === 404 && unknownPath && classifyReport(report).code === "model_request_rejected"
    ? "Check the base URL: it usually ends in /v1, and the server must speak the Responses API."
    : undefined;
}
