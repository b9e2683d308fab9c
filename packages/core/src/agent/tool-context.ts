import type { Principal } from "../access/principal.ts";
import type { Item } from "../model/items.ts";

/** What a tool is told about the call it serves. */
export interface ToolContext {
  readonly session: string;
  readonly run: string;
  readonly callId: string;
  /** The same for every attempt at this call, for ever. Hand it to the service that the tool calls. */
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Aborts when the run is cancelled or the tool's time is up. */
  readonly signal: AbortSignal;
  /** On whose behalf the run acts. */
  readonly principal: Principal;
  /** The agent that called the tool. */
  readonly agent: string;
  /**
   * Runs another agent in a session of its own that is linked to this call, on behalf of the same principal and within what
   * is left of the run's limits. The session's id is made of the call's key: asked again after a crash, the run that began
   * goes on, and one that is over gives its result.
   */
  readonly runAgent: (request: SubRunRequest) => Promise<SubRunResult>;
  /**
   * Has the kit's guard look at something that the tool is about to write or to send, and records the decision. Gives the text
   * that may go on. Without a guard, the text as it is.
   *
   * @throws AgentKitError `content_blocked`: it must not go on.
   */
  readonly guard: (surface: "memory_write" | "outgoing_http", text: string) => Promise<string>;
}

/** A run that a tool asks for. */
export interface SubRunRequest {
  /** The name of an agent of the kit. */
  readonly agent: string;
  readonly input: string | readonly Item[];
  /** Tells several runs of one call apart. Default: empty. */
  readonly key?: string;
  /** Why this agent was chosen, for the record. */
  readonly reason?: string;
}

/** What a sub-run came to; a tool whose sub-run waits returns that suspension as its own outcome. */
export type SubRunResult = FinishedSubRun | ToolSuspension;

/** A sub-run that is over. */
export interface FinishedSubRun {
  readonly type: "finished";
  readonly session: string;
  readonly run: string;
  readonly outcome: "completed" | "incomplete" | "failed" | "cancelled";
  /** The text of its last message; empty when there is none. */
  readonly text: string;
  /** Why it did not complete. */
  readonly reason?: { readonly code: string; readonly message: string };
}

/** A call that cannot go on for now: it is taken up again under the same key when what it waits for is there. */
export interface ToolSuspension {
  readonly type: "suspended";
  readonly waitsFor: WaitsFor;
}

/** What a suspended call waits for: a person's decision in the session of a sub-run, or a time. */
export type WaitsFor =
  | { readonly type: "sub_run"; readonly session: string }
  /** UTC, as in the envelope's `time`. */
  | { readonly type: "time"; readonly until: string };
