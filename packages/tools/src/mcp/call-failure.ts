import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { AgentKitError } from "@agentkit/core";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { streamLost } from "./http-transport.ts";

/** The call that failed. */
export interface FailedCall {
  readonly server: string;
  readonly tool: string;
  readonly signal: AbortSignal;
  readonly secrets: CallSecrets;
}

/**
 * Says what the failure of a `tools/call` request means: that the server refused or failed the call, that the call never reached
 * it, or that nobody knows (`tool_outcome_unknown`), because the request was on its way when the connection broke.
 */
export function toCallFailure(error: unknown, call: FailedCall): AgentKitError {
  const name = `MCP server '${call.server}'`;
  if (call.signal.aborted) {
    return new AgentKitError("aborted", `The call of '${call.tool}' at ${name} was cancelled.`, { cause: error });
  }
  const refusal = ownError(error);
  if (refusal !== undefined) return refusal;
  if (ProtocolError.isInstance(error) && error.code !== streamLost) {
    return new AgentKitError("mcp_tool_failed", `${name} failed the call: ${cut(call.secrets.hide(error.message))}`, {
      cause: error,
    });
  }
  if (neverSent(error)) {
    return new AgentKitError("mcp_server_unavailable", `${name} cannot be reached.`, { cause: error, retryable: true });
  }
  if (isRefusal(error)) {
    return new AgentKitError("mcp_tool_failed", `${name} refused the call with status ${error.status}.`, {
      cause: error,
    });
  }
  if (SdkError.isInstance(error) && answered.has(error.code)) {
    return new AgentKitError("mcp_tool_failed", `${name} gave an answer that is not served: ${error.code}.`, {
      cause: error,
    });
  }
  return new AgentKitError(
    "tool_outcome_unknown",
    `The connection to ${name} broke during the call of '${call.tool}': it may have taken effect.`,
    { cause: error },
  );
}

/** The error of this side that is behind another one: a target that the network policy refuses, a secret that there is not. */
export function ownError(error: unknown): AgentKitError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (AgentKitError.is(cause)) return cause;
  }
  return undefined;
}

/** The error of a tool that says itself that it failed. */
export function toolFailed(text: string): AgentKitError {
  return new AgentKitError("mcp_tool_failed", text === "" ? "The tool failed without saying why." : cut(text), {
    retryable: true,
  });
}

const answered: ReadonlySet<SdkErrorCode> = new Set([
  SdkErrorCode.InvalidResult,
  SdkErrorCode.UnsupportedResultType,
  SdkErrorCode.InputRequiredRoundsExceeded,
  SdkErrorCode.ClientHttpUnexpectedContent,
]);

function neverSent(error: unknown): boolean {
  return SdkError.isInstance(error) && error.code === SdkErrorCode.NotConnected;
}

// A gateway's 502 or 504 says nothing about the server behind it.
function isRefusal(error: unknown): error is SdkHttpError {
  return SdkHttpError.isInstance(error) && error.status >= 400 && error.status < 500;
}

const maxMessageLength = 8_000;

// Not within a token: half of one is told by nobody who redacts what is recorded.
function cut(text: string): string {
  if (text.length <= maxMessageLength) return text;
  return `${text.slice(0, maxMessageLength).replace(/[\w.~+/=-]{1,300}$/, "")} … (cut)`;
}
