import { AgentKitError } from "../errors/agent-kit-error.ts";

const streamNamePattern = /^[A-Za-z0-9._:-]{1,200}$/;

/**
 * Refuses a stream name that no log may hold. For authors of an {@link EventLog}.
 *
 * @throws AgentKitError `stream_name_invalid`
 *
 * @example
 * ```ts
 * import { assertStreamName } from "@agentkit/core";
 *
 * assertStreamName("session-3f0c5b6e");
 * ```
 */
export function assertStreamName(stream: string): void {
  if (streamNamePattern.test(stream)) return;
  throw new AgentKitError(
    "stream_name_invalid",
    `The stream name '${stream.slice(0, 40)}' is not 1 to 200 characters of A-Z a-z 0-9 . _ : -`,
    { param: "stream" },
  );
}
