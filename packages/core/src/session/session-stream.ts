import { AgentKitError } from "../errors/agent-kit-error.ts";

const prefix = "session-";

/** What every session's stream starts with. */
export const sessionStreamPrefix: string = prefix;

/** The stream of a session. */
export function toSessionStream(session: string): string {
  return `${prefix}${session}`;
}

/** The session of a stream, `undefined` for a stream that is none's. */
export function sessionOfStream(stream: string): string | undefined {
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined;
}

/**
 * Checks a session id: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
 *
 * @throws AgentKitError `input_invalid`
 */
export function checkSessionId(session: string): void {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(session)) return;
  throw new AgentKitError("input_invalid", "A session id has 1 to 64 characters of A-Z a-z 0-9 _ -.", {
    param: "session",
  });
}
