import { AgentKitError } from "@agentkit/core";
import type { ErrorCode } from "@agentkit/core";
import { ApiError } from "./api-error.ts";
import type { ApiFailure } from "./api-error.ts";

/** How an error code is told over HTTP. */
interface FailureRow {
  readonly status: ApiFailure["status"];
  readonly type: string;
  readonly code: string;
  /** `false` where trying again is pointless although the SDK would. */
  readonly shouldRetry?: false;
}

const invalid = (status: 400 | 403 | 404 | 409 | 410, code: string): FailureRow => ({
  status,
  type: "invalid_request_error",
  code,
});
/** Refused for good, with a status that the SDK would take for one to try again. */
const settled = (code: string): FailureRow => ({ ...invalid(409, code), shouldRetry: false });
const failing = (status: 500 | 502 | 503 | 504, code: string): FailureRow => ({ status, type: "server_error", code });
const broken = (status: 500 | 502 | 503, code: string): FailureRow => ({
  ...failing(status, code),
  shouldRetry: false,
});

/**
 * The one table from AgentKit's error codes to HTTP. Codes that OpenAI has a name for get OpenAI's. What is not in it is a
 * fault of this side that another attempt does not mend: 500.
 */
const failureTable: Readonly<Partial<Record<ErrorCode, FailureRow>>> = {
  aborted: failing(503, "aborted"),
  agent_not_found: invalid(400, "agent_not_found"),
  approval_arguments_mismatch: settled("approval_arguments_mismatch"),
  approval_expired: invalid(410, "approval_expired"),
  approval_forged: invalid(403, "approval_forged"),
  approval_not_waiting: settled("approval_not_waiting"),
  approval_replayed: settled("approval_replayed"),
  approval_role_missing: invalid(403, "approval_role_missing"),
  concurrency_conflict: invalid(409, "conversation_locked"),
  input_invalid: invalid(400, "invalid_value"),
  input_item_unpaired: invalid(400, "input_item_unpaired"),
  json_not_canonical: invalid(400, "invalid_value"),
  log_closed: failing(503, "log_closed"),
  log_full: broken(503, "log_full"),
  log_read_only: broken(503, "log_read_only"),
  log_unavailable: failing(503, "log_unavailable"),
  model_authentication_failed: broken(502, "model_authentication_failed"),
  model_context_length_exceeded: invalid(400, "context_length_exceeded"),
  model_not_found: invalid(400, "model_not_found"),
  model_overloaded: failing(503, "model_overloaded"),
  model_quota_exceeded: { status: 429, type: "insufficient_quota", code: "insufficient_quota", shouldRetry: false },
  model_rate_limited: { status: 429, type: "requests", code: "rate_limit_exceeded" },
  model_request_rejected: invalid(400, "model_request_rejected"),
  model_response_failed: failing(500, "model_response_failed"),
  model_response_invalid: failing(502, "model_response_invalid"),
  model_stream_interrupted: failing(502, "model_stream_interrupted"),
  model_timeout: failing(504, "model_timeout"),
  model_unreachable: failing(502, "model_unreachable"),
  position_invalid: invalid(400, "position_invalid"),
  projection_behind: failing(503, "projection_behind"),
  projection_not_found: invalid(404, "projection_not_found"),
  response_not_found: invalid(404, "response_not_found"),
  revision_not_found: invalid(400, "revision_not_found"),
  run_interrupted: failing(500, "run_interrupted"),
  session_busy: invalid(409, "conversation_locked"),
  session_not_found: invalid(404, "session_not_found"),
  // Not 409: the SDK tries that again, and a person has to decide first.
  session_suspended: invalid(400, "session_suspended"),
  stream_deleted: invalid(410, "session_deleted"),
  stream_not_found: invalid(404, "session_not_found"),
  store_closed: failing(503, "store_closed"),
  // The data of a large event goes into the blob store, which then stands for the log.
  store_full: broken(503, "log_full"),
  store_read_only: broken(503, "log_read_only"),
  store_unavailable: failing(503, "store_unavailable"),
  // A stream is only ever named by the session id of a request.
  stream_name_invalid: invalid(400, "invalid_value"),
  tool_call_not_waiting: invalid(400, "tool_call_not_waiting"),
};

/** What is known of a failure besides its code. */
export interface FailureReport {
  readonly code: string;
  readonly message: string;
  readonly param?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly shouldRetry?: false | undefined;
}

const rows: Readonly<Record<string, FailureRow>> = failureTable;

/** Looks a failure up in the table. */
export function toFailure({ code, message, param, retryAfterMs, shouldRetry }: FailureReport): ApiFailure {
  const row = rows[code] ?? broken(500, code);
  return {
    status: row.status,
    message,
    type: row.type,
    param: param ?? null,
    code: row.code,
    retryAfterMs,
    shouldRetry: shouldRetry ?? row.shouldRetry,
  };
}

/** Says how whatever a handler threw is answered. What nobody foresaw is told without its message. */
export function describeError(error: unknown): ApiFailure {
  if (error instanceof ApiError) return error.failure;
  if (AgentKitError.is(error)) return toFailure(error);
  return toFailure({ code: "internal", message: "The gateway failed in a way that nobody foresaw. Please report it." });
}
