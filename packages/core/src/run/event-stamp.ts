import { eventCatalogue } from "../events/catalogue.ts";
import type { EventDraft, RecordedEvent } from "../events/catalogue.ts";
import { validateDraft } from "../events/decode-event.ts";
import { eventId } from "../events/event-id.ts";
import type { EventMeta } from "../events/envelope.ts";
import type { SessionState } from "../session/session-state.ts";
import { toSessionStream } from "../session/session-stream.ts";

/** What a batch of events has in common. */
export interface StampOptions {
  readonly state: SessionState;
  readonly time: number;
  readonly writer: string;
  /** The run the events belong to; absent for events of the session itself. */
  readonly run?: string;
  readonly agent?: { readonly name: string; readonly version: string };
  /** The person who caused the first so many events; what follows from them is the engine's. */
  readonly person?: { readonly actor: string; readonly events: number };
}

/** Gives drafts their identity: id, revision, time and metadata. Validates them, so that no bad event is ever written. */
export function createStamp(options: StampOptions): (draft: EventDraft, index: number) => RecordedEvent {
  const { state, run = "", agent, person } = options;
  const stream = toSessionStream(state.session);
  const time = new Date(options.time).toISOString();
  const step = state.active?.turn.run === run ? state.active.step + 1 : 0;
  const common: EventMeta = {
    session: state.session,
    ...(run !== "" && { run, step }),
    ...(agent && { agent: agent.name, agentVersion: agent.version }),
    writer: options.writer,
  };
  return (draft, index) => {
    validateDraft(draft);
    return {
      ...draft,
      id: eventId({ stream, run, step, index }),
      version: eventCatalogue[draft.type].version,
      time,
      meta: { ...common, actor: person !== undefined && index < person.events ? person.actor : actorOf(draft) },
      stream,
      revision: state.revision + 1 + index,
    };
  };
}

function actorOf(draft: EventDraft): string {
  switch (draft.type) {
    case "PromptReceived":
    case "RunCancelled":
      return "user";
    case "ModelCallCompleted":
      return "agent";
    default:
      return "engine";
  }
}
