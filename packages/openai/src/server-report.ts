import { isJsonObject } from "./json-object.ts";

/** What is read of the SDK's `APIError`. */
interface SdkError {
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  readonly error: unknown;
  readonly requestID: string | null | undefined;
}

/** A failure as the server reports it, whether by an HTTP status or by an event of a stream. */
export interface ServerReport {
  /** The HTTP status; absent for an event of a stream. */
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  readonly message?: string;
  readonly requestId?: string;
  /** What the header `x-should-retry` says. */
  readonly shouldRetry?: boolean;
  readonly retryAfterMs?: number;
}

/** Reads a report from an `error` object of the API. Some servers put an HTTP status where OpenAI has its code. */
export function readReport(error: unknown): ServerReport {
  if (!isJsonObject(error)) return {};
  const { code, type, param, message } = error;
  return {
    ...(typeof code === "string" && code !== "" ? { code } : {}),
    ...(typeof code === "number" && code >= 400 && code < 600 ? { status: code } : {}),
    ...(typeof type === "string" && type !== "" ? { type } : {}),
    ...(typeof param === "string" && param !== "" ? { param } : {}),
    ...(typeof message === "string" ? { message } : {}),
  };
}

/**
 * Reads a report from the SDK's error, which holds the `error` object and the answer's headers. Those of an error that
 * came as an event of a stream belong to the stream and say nothing of it.
 */
export function readApiError(error: SdkError): ServerReport {
  const { status, headers, requestID: requestId } = error;
  const report = readReport(error.error);
  if (status === undefined || headers === undefined) return report;
  const shouldRetry = headers.get("x-should-retry");
  const retryAfterMs = readRetryAfter(headers);
  return {
    ...report,
    status,
    ...(typeof requestId === "string" ? { requestId } : {}),
    ...(shouldRetry === "true" || shouldRetry === "false" ? { shouldRetry: shouldRetry === "true" } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** `retry-after-ms`, then `retry-after` in seconds or as a date. */
function readRetryAfter(headers: Headers): number | undefined {
  const milliseconds = headers.get("retry-after-ms");
  if (milliseconds !== null) return toWait(Number(milliseconds));
  const after = headers.get("retry-after");
  if (after === null) return undefined;
  const seconds = Number(after);
  return toWait(Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000);
}

function toWait(milliseconds: number): number | undefined {
  return Number.isFinite(milliseconds) && milliseconds >= 0 ? Math.ceil(milliseconds) : undefined;
}
