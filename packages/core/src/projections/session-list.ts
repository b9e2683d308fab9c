import { decodeEvent } from "../events/decode-event.ts";
import type { AgentEvent, EventType } from "../events/catalogue.ts";
import type { Position } from "../events/envelope.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { isMessage, messageText } from "../model/items.ts";
import type { RunStatus } from "../session/session-state.ts";
import { sessionOfStream, sessionStreamPrefix } from "../session/session-stream.ts";

/** A session as a list shows it. */
export interface SessionSummary {
  readonly session: string;
  /** `empty` before the first run. */
  readonly status: RunStatus | "empty";
  readonly agent: string | undefined;
  /** The beginning of the first prompt, at most 80 characters. */
  readonly title: string;
  readonly turns: number;
  /** Times of its first event and of the newest event of a run's life. */
  readonly created: string;
  readonly updated: string;
  readonly parent: { readonly session: string; readonly revision: number } | undefined;
}

/** The sessions of a log, newest first. */
export interface SessionList {
  /** Reads what was appended since the last call and returns all sessions, the one that changed last first. */
  read(): Promise<readonly SessionSummary[]>;
}

const types: readonly EventType[] = [
  "SessionStarted",
  "SessionForked",
  "RunStarted",
  "PromptReceived",
  "RunCompleted",
  "RunFailed",
  "RunCancelled",
  "RunSuspended",
  "RunResumed",
];

/** Makes a list of the log's sessions, kept in memory and brought up to date on each read. */
export function createSessionList(log: EventLog): SessionList {
  const summaries = new Map<string, SessionSummary>();
  let after: Position | undefined;
  let reading: Promise<void> = Promise.resolve();

  async function catchUp(): Promise<void> {
    const filter = { types, streamPrefix: sessionStreamPrefix };
    for await (const stored of log.readAll({ filter, ...(after !== undefined && { after }) })) {
      const session = sessionOfStream(stored.stream);
      if (session !== undefined) put(summarize(summaries.get(session), decodeEvent(stored), session));
      after = stored.position;
    }
  }

  function put(summary: SessionSummary): void {
    summaries.delete(summary.session);
    summaries.set(summary.session, summary);
  }

  return {
    async read() {
      // One reader at a time: two would fold the same events twice.
      reading = reading.then(catchUp, catchUp);
      await reading;
      return [...summaries.values()].toReversed();
    },
  };
}

/** Folds one event into a session's summary. Pure. */
export function summarize(summary: SessionSummary | undefined, event: AgentEvent, session: string): SessionSummary {
  const current = summary ?? emptySummary(session, event.time);
  const next: SessionSummary = { ...current, updated: event.time };
  switch (event.type) {
    case "SessionForked":
      return { ...next, parent: event.data.parent };
    case "RunStarted":
      return { ...next, status: "running", agent: event.data.agent, turns: current.turns + 1 };
    case "PromptReceived":
      return { ...next, title: current.title || toTitle(event.data.items.filter(isMessage).map(messageText)) };
    case "RunCompleted":
      return { ...next, status: "completed" };
    case "RunFailed":
      return { ...next, status: "failed" };
    case "RunCancelled":
      return { ...next, status: "cancelled" };
    case "RunSuspended":
      return { ...next, status: "suspended" };
    case "RunResumed":
      return { ...next, status: "running" };
    default:
      return next;
  }
}

function emptySummary(session: string, time: string): SessionSummary {
  return {
    session,
    status: "empty",
    agent: undefined,
    title: "",
    turns: 0,
    created: time,
    updated: time,
    parent: undefined,
  };
}

function toTitle(texts: readonly string[]): string {
  const [line = ""] = texts.join(" ").trim().split("\n");
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
