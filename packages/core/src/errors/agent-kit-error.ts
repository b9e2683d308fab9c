import type { ErrorCode } from "./error-codes.ts";

const brand = Symbol.for("agentkit.error");

/** What an {@link AgentKitError} is built from. */
export interface AgentKitErrorOptions {
  /** The error that led to this one, kept as the native `cause`. */
  readonly cause?: unknown;
  /** Whether the same call may succeed when made again unchanged. Default `false`. */
  readonly retryable?: boolean;
  /** How long the other side asked to wait before a retry, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The input field at fault, as a path such as `input[2].call_id`. */
  readonly param?: string;
}

/**
 * The one error class of AgentKit. `code` is stable and meant for programs; `message` says what happened, with which
 * value, and what to do next. Neither ever holds a prompt, a secret or a state object.
 *
 * @example
 * ```ts
 * import { AgentKitError } from "@agentkit/core";
 *
 * const error: unknown = new AgentKitError("session_not_found", "No session 'abc'. List the sessions there are.");
 * if (AgentKitError.is(error) && error.code === "session_not_found") console.log(error.message);
 * ```
 */
export class AgentKitError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly param: string | undefined;

  constructor(code: ErrorCode, message: string, options: AgentKitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AgentKitError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.param = options.param;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Recognises an AgentKitError even when it was made by another copy of this package. */
  static is(value: unknown): value is AgentKitError {
    return typeof value === "object" && value !== null && brand in value;
  }
}
