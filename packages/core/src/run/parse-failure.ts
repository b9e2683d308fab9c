import { AgentKitError } from "../errors/agent-kit-error.ts";

/** What a thrown value says about a failure. */
export interface Failure {
  readonly message: string;
  /** Set for an `AgentKitError`. */
  readonly code?: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
}

/** Characters of a failure's message that the model and the record get. */
const maxMessageLength = 8_192;

/** Reads what was thrown. A tool may throw anything, also something that throws when it is looked at. */
export function parseFailure(error: unknown): Failure {
  try {
    return AgentKitError.is(error) ? parseKnown(error) : { message: parseMessage(error) };
  } catch {
    return { message: unsaid };
  }
}

/** Text as JSON can carry it: half a surrogate pair cannot be recorded, and what cannot be recorded nobody would know. */
export function toText(text: string): string {
  return text.toWellFormed();
}

const unsaid = "The tool failed without saying why.";

// The brand says what it claims to be, and not what it is.
function parseKnown(error: Readonly<Record<keyof Failure, unknown>>): Failure {
  const { code, retryable, retryAfterMs } = error;
  const waits = typeof retryAfterMs === "number" && Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
  return {
    message: parseMessage(error),
    ...(typeof code === "string" && { code: toText(code) }),
    retryable: retryable === true,
    ...(waits && { retryAfterMs }),
  };
}

function parseMessage(error: unknown): string {
  const message: unknown = error instanceof Error ? error.message : error;
  if (typeof message !== "string" || message === "") return unsaid;
  return toText(message);
}

/** A failure's message as it is recorded. Cut after it was looked at and redacted: half of a secret is told by nobody. */
export function toMessage(accepted: string): string {
  return accepted.length <= maxMessageLength ? accepted : `${toText(accepted.slice(0, maxMessageLength))}…`;
}
