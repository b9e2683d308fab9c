import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { JsonObject } from "../json/json.ts";
import { eventCatalogue } from "./catalogue.ts";
import type { AgentEvent, EventDraft } from "./catalogue.ts";
import type { EventDefinition } from "./define-event.ts";
import type { StoredEvent } from "./envelope.ts";

/**
 * Brings a stored event to the version written today. Data of the current version is taken as it is: it was validated
 * when it was written. Use {@link parseEvent} where the log itself is in doubt.
 *
 * @throws AgentKitError `event_type_unknown`, `event_version_unsupported` for an event of a newer version, or `event_invalid`
 *   for a version that there cannot be.
 */
export function decodeEvent(stored: StoredEvent): AgentEvent {
  const definition = definitionOf(stored);
  if (stored.version === definition.version) return asAgentEvent(stored);
  return asAgentEvent({ ...stored, version: definition.version, data: upcast(stored, definition) });
}

function asAgentEvent(event: StoredEvent): AgentEvent {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type is in the catalogue and its version is current
  return event as AgentEvent;
}

/**
 * Like {@link decodeEvent}, and validates the data against the type's schema.
 *
 * @throws AgentKitError as {@link decodeEvent}, and `event_invalid` with the path of the first fault.
 */
export function parseEvent(stored: StoredEvent): AgentEvent {
  const event = decodeEvent(stored);
  validateData(event, `Event ${stored.stream}@${stored.revision}`);
  return event;
}

/**
 * Checks a draft's data against its type's schema before it is written.
 *
 * @throws AgentKitError `event_invalid` with the path of the first fault.
 */
export function validateDraft(draft: EventDraft): void {
  validateData(draft, "The event to append");
}

function validateData(event: EventDraft, subject: string): void {
  const { schema }: EventDefinition = eventCatalogue[event.type];
  const result = schema.safeParse(event.data);
  if (result.success) return;
  const issue = result.error.issues[0];
  const path = issue === undefined ? "" : issue.path.join(".");
  throw new AgentKitError(
    "event_invalid",
    `${subject} is no valid ${event.type}: ${issue?.message ?? "invalid"} at '${path}'.`,
  );
}

const definitions = new Map<string, EventDefinition>(Object.entries(eventCatalogue));

function definitionOf(stored: StoredEvent): EventDefinition {
  const definition = definitions.get(stored.type);
  if (definition === undefined) {
    throw new AgentKitError(
      "event_type_unknown",
      `Event ${stored.stream}@${stored.revision} has the type '${stored.type}', which this version of AgentKit does not know: a newer one wrote it, or another program.`,
    );
  }
  if (!Number.isSafeInteger(stored.version) || stored.version < 1) {
    const message = `Event ${stored.stream}@${stored.revision} is ${stored.type} version ${stored.version}, which none ever was: it was damaged.`;
    throw new AgentKitError("event_invalid", message);
  }
  if (stored.version > definition.version) {
    throw new AgentKitError(
      "event_version_unsupported",
      `Event ${stored.stream}@${stored.revision} is ${stored.type} version ${stored.version}; this version of AgentKit ` +
        `reads versions 1 to ${definition.version}. Update AgentKit to read this log.`,
    );
  }
  return definition;
}

/** Applies the upcasters from the stored version to the current one. */
export function upcast(stored: Pick<StoredEvent, "data" | "version">, definition: EventDefinition): JsonObject {
  let data = stored.data;
  for (let version = stored.version; version < definition.version; version += 1) {
    const step = definition.upcasters[version];
    if (step === undefined) {
      throw new AgentKitError("event_version_unsupported", `No upcaster leads from version ${version} to the next.`);
    }
    data = step(data);
  }
  return data;
}
