import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { StoredEvent } from "../events/envelope.ts";
import type { Projection } from "./projection.ts";

/** The error for an event that a projection cannot apply, where it must not be parked. */
export function projectionFailed({ name, version }: Projection, event: StoredEvent, cause: unknown): AgentKitError {
  return new AgentKitError(
    "projection_failed",
    `The projection '${name}' version ${version} cannot apply ${event.type} ${event.stream}@${event.revision}: ` +
      `${toReason(cause)} ${isOfEvent(cause) ? giveUp : "Correct the projection and raise its version."}`,
    { cause },
  );
}

const giveUp = "To go on without it, let the projector park it, and give it up with a skip.";

/** Whether it is the event that is wrong, and not the projection. */
function isOfEvent(cause: unknown): boolean {
  return AgentKitError.is(cause) && cause.code.startsWith("event_");
}

/** The error for a name that no projection has. */
export function projectionNotFound(name: string, known: readonly string[]): AgentKitError {
  const message = `There is no projection '${name}'. There are: ${known.join(", ") || "none"}.`;
  return new AgentKitError("projection_not_found", message, { param: "name" });
}

/** Why an event could not be applied, for a person, on one line. */
export function toReason(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  const line = text.replaceAll(/\s+/g, " ").trim().slice(0, 500).toWellFormed();
  return line === "" ? "It failed without a message." : line;
}
