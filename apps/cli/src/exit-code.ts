import type { ErrorCode } from "@agentkit/core";

/** What the exit codes of `agentkit` mean. They are stable. */
export const exitCode = {
  /** It was done, or the answer is yes. */
  ok: 0,
  /** The answer is no: diverged, failed, cancelled, suspended, left alone. Also a failure that is none of those below. */
  no: 1,
  /** The command line, the environment or the configuration is not right. */
  usage: 2,
  /** There is no such session (any more), revision, run, agent, model, projection, waiting call or open request. */
  notFound: 3,
  /** The log is missing, cannot be read or written, is damaged, or was written by a newer version. */
  log: 4,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

const usageCodes: readonly ErrorCode[] = [
  "config_invalid",
  "definition_invalid",
  "input_invalid",
  "input_item_unpaired",
  "safety_policy_invalid",
];
const notFoundCodes: readonly ErrorCode[] = [
  "session_not_found",
  "response_not_found",
  "revision_not_found",
  "agent_not_found",
  "approval_not_waiting",
  "model_not_found",
  "tool_call_not_waiting",
  "projection_not_found",
  "stream_deleted",
  "stream_not_found",
];
const logCodes: readonly ErrorCode[] = [
  "blob_corrupt",
  "blob_not_found",
  "content_not_found",
  "event_invalid",
  "event_type_unknown",
  "event_version_unsupported",
];

/** The exit code for an error's code. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (usageCodes.includes(code)) return exitCode.usage;
  if (notFoundCodes.includes(code)) return exitCode.notFound;
  return code.startsWith("log_") || logCodes.includes(code) ? exitCode.log : exitCode.no;
}
