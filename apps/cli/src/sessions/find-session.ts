import { AgentKitError, toSessionStream } from "@agentkit/core";
import type { CommandContext } from "../command.ts";

/**
 * Finds the session that a person means: by its id, or by a beginning that only one session has.
 *
 * @throws AgentKitError `session_not_found`, or `input_invalid` when several sessions begin so.
 */
export async function findSession(
  { runtime, invocation }: Pick<CommandContext, "runtime" | "invocation">,
  given: string,
): Promise<string> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(given)) throw notFound(given, invocation);
  if ((await runtime.log.head(toSessionStream(given))) !== undefined) return given;
  const matches = (await runtime.sessions.read())
    .map(({ session }) => session)
    .filter((session) => session.startsWith(given));
  const [first, ...others] = matches;
  if (first === undefined) throw notFound(given, invocation);
  if (others.length === 0) return first;
  const shown = matches.slice(0, 5).join(", ");
  throw new AgentKitError("input_invalid", `'${given}' is the beginning of ${matches.length} sessions: ${shown}.`, {
    param: "session",
  });
}

function notFound(given: string, invocation: CommandContext["invocation"]): AgentKitError {
  const message = `The log has no session '${given}'. See which there are with: ${invocation("sessions")}`;
  return new AgentKitError("session_not_found", message, { param: "session" });
}
