import type { EventDraft } from "../events/catalogue.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { Model } from "../model/model.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import type { SessionState } from "../session/session-state.ts";
import type { ContentStore } from "./content-store.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { SessionStore } from "./session-store.ts";

/** What the engine works with. */
export interface EnginePorts {
  readonly log: EventLog;
  readonly model: Model;
  readonly clock: Clock;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
  readonly leases: LeaseStore;
}

/** What a drive starts from. */
export interface DriveOptions {
  readonly state: SessionState;
  readonly run: string;
  readonly definition: RunDefinition;
  /** What happened: a prompt, a decision, an interruption. */
  readonly observed: readonly EventDraft[];
  /** Who caused it, when it was a person. */
  readonly actor?: string | undefined;
  /** Tells this drive's events from those of any other, in this process too. */
  readonly writer: string;
  readonly signal?: AbortSignal | undefined;
  /** Aborting it leaves the run as a crash would: open in the log, its effects told to stop, for somebody to take up later. */
  readonly leave?: AbortSignal | undefined;
  /** Whether deltas are handed on. */
  readonly streaming: boolean;
  /** Whether the run is left to whoever holds its session's lease. */
  readonly unlessHeld?: boolean;
}
