import type { Principal } from "../access/principal.ts";
import type { SubRunRequest, SubRunResult } from "../agent/tool-context.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { Model } from "../model/model.ts";
import type { PriceList } from "../model/model-price.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Safety } from "../safety/safety.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import type { SessionState } from "../session/session-state.ts";
import type { ContentStore } from "./content-store.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { SessionStore } from "./session-store.ts";
import type { TreeBudget } from "./tree-budget.ts";

/** What the engine works with. */
export interface EnginePorts {
  readonly log: EventLog;
  readonly model: Model;
  readonly clock: Clock;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
  readonly leases: LeaseStore;
  /** Where long outputs of tools are kept whole. */
  readonly blobs?: BlobStore | undefined;
  readonly prices?: PriceList | undefined;
  /** Guards every surface, and keeps what must not be kept out of the log. */
  readonly safety?: Safety | undefined;
  /** Runs other agents for tools. */
  readonly runAgent: SubRunStarter;
}

/** Runs an agent for a call of another run, or goes on with the run that was begun for it. */
export type SubRunStarter = (order: SubRunOrder) => Promise<SubRunResult>;

/** A sub-run that a tool asks for, and what it runs within. */
export interface SubRunOrder {
  readonly request: SubRunRequest;
  readonly parent: { readonly session: string; readonly run: string; readonly callId: string };
  /** The key of the call, of which the sub-run's ids are made. */
  readonly idempotencyKey: string;
  readonly principal: Principal;
  readonly depth: number;
  /** Whether the parent's session holds what nobody vouches for. */
  readonly isUntrusted: boolean;
  /** What the parent's log says of the sub-runs that were begun for it, by session. */
  readonly known: ReadonlyMap<string, "started" | "completed">;
  readonly budget: TreeBudget | undefined;
  readonly maxDepth: number;
  readonly signal: AbortSignal;
  readonly leave: AbortSignal | undefined;
  /** Whether the sub-run is left to whoever holds its lease, and waited for. */
  readonly unlessHeld: boolean;
  /** Puts an event into the parent's log. */
  readonly note: (draft: EventDraft) => void;
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
  /** What the run shares with those above it. */
  readonly budget?: TreeBudget | undefined;
  /** Whether the run is left to whoever holds its session's lease. */
  readonly unlessHeld?: boolean;
}
