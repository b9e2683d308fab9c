import { eventCatalogue } from "../events/catalogue.ts";
import type { EventDraft, RecordedEvent } from "../events/catalogue.ts";
import { validateDraft } from "../events/decode-event.ts";
import { eventId } from "../events/event-id.ts";
import type { EventMeta } from "../events/envelope.ts";
import type { RedactedDraft } from "../safety/event-redactor.ts";
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
  /** Takes out what must not be kept, before the event is folded and before it gets its identity. */
  readonly redact?: ((draft: EventDraft) => RedactedDraft) | undefined;
}

/** Gives a draft its identity, as the so-many-th event of an append; decisions on what was redacted in it come after it. */
export type EventStamp = (draft: EventDraft, index: number) => readonly RecordedEvent[];

/** Gives drafts their identity: id, revision, time and metadata. Validates them, so that no bad event is ever written. */
export function createStamp(options: StampOptions): EventStamp {
  const { state, run = "", agent, person, redact = keep } = options;
  const stream = toSessionStream(state.session);
  const time = new Date(options.time).toISOString();
  const step = state.active?.turn.run === run ? state.active.step + 1 : 0;
  const common: EventMeta = {
    session: state.session,
    ...(run !== "" && { run, step }),
    ...(agent && { agent: agent.name, agentVersion: agent.version }),
    writer: options.writer,
  };
  const toEvent = (draft: EventDraft, index: number, actor: string): RecordedEvent => {
    validateDraft(draft);
    return {
      ...draft,
      id: eventId({ stream, run, step, index }),
      version: eventCatalogue[draft.type].version,
      time,
      meta: { ...common, actor },
      stream,
      revision: state.revision + 1 + index,
    };
  };
  let stamped = 0;
  return (draft, index) => {
    const { draft: kept, decisions } = redact(draft);
    const actor = person !== undefined && stamped < person.events ? person.actor : actorOf(kept);
    stamped += 1;
    const decided = decisions.map((data, after): RecordedEvent => {
      const decision: EventDraft = { type: "ModerationDecided", data };
      return toEvent(decision, index + 1 + after, actorOf(decision));
    });
    return [toEvent(kept, index, actor), ...decided];
  };
}

function keep(draft: EventDraft): RedactedDraft {
  return { draft, decisions: [] };
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
