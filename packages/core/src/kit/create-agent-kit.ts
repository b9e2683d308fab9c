import type { AccessPolicy } from "../access/access-policy.ts";
import type { Agent } from "../agent/define-agent.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { diffSessions } from "../branch/diff.ts";
import type { SessionDiff } from "../branch/diff.ts";
import { forkSession } from "../branch/fork.ts";
import type { ForkOptions } from "../branch/fork.ts";
import type { PriceList } from "../model/model-price.ts";
import type { Model } from "../model/model.ts";
import { createOpenRunList } from "../projections/open-runs.ts";
import { replaySession } from "../replay/replay.ts";
import type { ReplayReport } from "../replay/replay-report.ts";
import { createContentStore } from "../run/content-store.ts";
import { drive } from "../run/drive.ts";
import type { EnginePorts, SubRunStarter } from "../run/engine-ports.ts";
import { createInMemoryLeaseStore } from "../run/in-memory-lease-store.ts";
import type { LeaseStore } from "../run/lease-store.ts";
import { restoreResult } from "../run/restore-result.ts";
import { toRunResult } from "../run/run-result.ts";
import type { RunResult } from "../run/run-result.ts";
import type { RunStreamPart } from "../run/run-stream.ts";
import { createSessionStore, sessionNotFound } from "../run/session-store.ts";
import type { Safety } from "../safety/safety.ts";
import { createSnapshotCache } from "../snapshots/snapshot-cache.ts";
import type { SnapshotStore } from "../snapshots/snapshot-store.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Clock } from "../runtime/clock.ts";
import { systemIds } from "../runtime/id-source.ts";
import type { IdSource } from "../runtime/id-source.ts";
import type { SessionState } from "../session/session-state.ts";
import { cancelRun } from "./cancel-run.ts";
import type { CancelOptions } from "./cancel-run.ts";
import { checkAgents } from "./check-agents.ts";
import { createSession } from "./create-session.ts";
import { decideByTicket } from "./decide-by-ticket.ts";
import type { TicketDecision } from "./decide-by-ticket.ts";
import { goOnAbove, isOver } from "./go-on-above.ts";
import { listApprovals } from "./pending-approval.ts";
import type { PendingApproval } from "./pending-approval.ts";
import { recoverRuns } from "./recover.ts";
import type { RecoveredRun, RecoverOptions } from "./recover.ts";
import { prepareResume } from "./resume-run.ts";
import type { PreparedDrive } from "./resume-run.ts";
import type { ResumeOptions, RunOptions, SessionOptions } from "./run-options.ts";
import { prepareRun } from "./start-run.ts";
import { runSubAgent } from "./sub-run.ts";
import { definitionSource } from "../run/kit-context.ts";
import type { KitContext } from "../run/kit-context.ts";

/** What a kit is made of. */
export interface AgentKitOptions {
  readonly log: EventLog;
  readonly model: Model;
  readonly agents: readonly Agent[];
  /** Finds agents that are not in `agents`, for instance one for each model a gateway lets through. */
  readonly resolveAgent?: (name: string) => Agent | undefined;
  /** Shared by all who work on the log, it keeps them off each other's runs. Default: one for this kit alone, in memory. */
  readonly leases?: LeaseStore;
  /** Where long sessions are kept folded, so that opening one does not start at its first event. Only a cache. */
  readonly snapshots?: SnapshotStore;
  /** Who may use which tool. Default: whoever runs an agent may use its tools, but those that name roles. */
  readonly access?: AccessPolicy;
  /** Signs approvals. Needed as soon as a tool asks for one. */
  readonly approvals?: ApprovalAuthority;
  /** Where tool output is kept whole that is too long for the model. Without it, the rest is cut off. */
  readonly blobs?: BlobStore;
  /** What models cost, so that runs can be limited by it and tell it. */
  readonly prices?: PriceList;
  /** Guards every surface of the agents, and keeps secrets and personal data out of the log. Default: nothing is looked at. */
  readonly safety?: Safety;
  readonly clock?: Clock;
  readonly ids?: IdSource;
}

/** A run under way. Iterating drives it; it does not go on unless it is read. Leaving the loop cancels the run. */
export interface RunStream extends AsyncIterable<RunStreamPart> {
  readonly session: string;
  readonly run: string;
}

/** Agents on a log: runs them, and tells from the log what they did. */
export interface AgentKit {
  /** Runs one turn to its end, or until it waits for a person. Failures of the model are in the result, not thrown. */
  run(options: RunOptions): Promise<RunResult>;
  /** Starts one turn: when this resolves, the prompt is in the log. Read the stream to drive it. */
  stream(options: RunOptions): Promise<RunStream>;
  /** Takes up a run that was interrupted, or that waits for decisions. Nothing recorded is asked or done again. */
  resume(session: string, options?: ResumeOptions): Promise<RunResult>;
  /**
   * Ends the run of a session that waits, or that nobody drives, together with the runs below it; whatever waited for it
   * goes on. A run that is driven is cancelled by its signal, and refused here with `session_busy`.
   */
  cancel(session: string, options?: CancelOptions): Promise<RunResult>;
  /** The calls of a session that wait for an approval, those of the sub-runs it waits for included. */
  approvals(session: string): Promise<readonly PendingApproval[]>;
  /**
   * Decides on a request for an approval by its ticket, and takes the run up again, and those above it that waited for it.
   * Returns the result of the run whose call it was. A refused attempt is recorded, and throws one of the `approval_*` codes.
   */
  decide(decision: TicketDecision): Promise<RunResult>;
  /**
   * Takes up the runs that are not over and that nobody drives, after a crash of whoever did, and reports those that wait
   * for a person. Call it when a process starts, and now and then for the runs of others that have died since.
   *
   * What is guaranteed, by the log alone: no event is recorded twice, no recorded answer of a model is asked for again, and
   * no recorded outcome of a tool is computed again. A tool that was under way has an unknown outcome, and its declared
   * policy decides. Of two workers that take up the same run one goes on; the other ends with `concurrency_conflict`, may
   * have asked the model in vain, and may have begun what it had announced in the log.
   *
   * The lease makes that rare, and no more: whoever drives a run holds it, renews it every 10 seconds, and loses it 30
   * seconds after it last did. So a dead worker's run is taken up at the first call after that. Without a shared `leases`,
   * nobody knows of the runs of other processes: give `olderThanMs`, longer than your agents' `limits.durationMs`.
   */
  recover(options?: RecoverOptions): Promise<readonly RecoveredRun[]>;
  /**
   * Walks through a session without model, tools or network and compares what the code decides with what was
   * recorded; through the sub-runs that were begun in it as well.
   */
  replay(session: string): Promise<ReplayReport>;
  /** Begins a session that shares another's history up to an event. Nothing is copied. */
  fork(session: string, options?: ForkOptions): Promise<{ readonly session: string }>;
  /** Shows where two sessions part and what each did after. */
  diff(left: string, right: string): Promise<SessionDiff>;
  /** Begins an empty session. */
  createSession(options?: SessionOptions): Promise<{ readonly session: string }>;
  /** The session as the log has it now. Throws `session_not_found`. */
  load(session: string): Promise<SessionState>;
  /** How a run stands, from the log. Throws `session_not_found` or `response_not_found`. */
  result(session: string, run: string): Promise<RunResult>;
}

/**
 * Puts agents, a model and a log together.
 *
 * Errors by code: `input_invalid` and `input_item_unpaired` (nothing is written), `agent_not_found`, `session_not_found`,
 * `session_busy`, `session_suspended`, `revision_not_found`, `tool_call_not_waiting`, `concurrency_conflict` (another
 * worker has taken the session), and the log's own.
 *
 * @throws AgentKitError `definition_invalid` when there is no agent, or two of one name.
 *
 * @example
 * ```ts
 * import { createAgentKit, createInMemoryEventLog, defineAgent } from "@agentkit/core";
 * import { scriptedModel } from "@agentkit/core/testing";
 *
 * const kit = createAgentKit({
 *   log: createInMemoryEventLog(),
 *   model: scriptedModel([{ text: "Hello!" }]),
 *   agents: [defineAgent({ name: "greeter", model: "scripted" })],
 * });
 * const { text } = await kit.run({ input: "Hi" }); // Hello!
 * ```
 */
export function createAgentKit(options: AgentKitOptions): AgentKit {
  const context = createContext(options, async (order) => runSubAgent({ context, finish }, order));
  const { ports } = context;
  const openRuns = createOpenRunList(ports.log);

  async function load(session: string): Promise<SessionState> {
    const state = await ports.sessions.load(session);
    if (state === undefined) throw sessionNotFound(session);
    return state;
  }

  async function finish(prepared: PreparedDrive, onEvent?: RunOptions["onEvent"]): Promise<RunResult> {
    for await (const part of drive(ports, { ...prepared, streaming: false })) {
      if (part.type === "event") onEvent?.(part.event);
    }
    return toRunResult(await load(prepared.state.session), prepared.run);
  }

  async function resume(session: string, resumeOptions: ResumeOptions = {}): Promise<RunResult> {
    const state = await load(session);
    const prepared = await prepareResume(context, state, { ...resumeOptions, takeOver: true });
    const result = prepared === undefined ? toRunResult(state, newestRun(state)) : await finish(prepared);
    if (isOver(result)) await goOnAbove({ context, finish }, state, resumeOptions.signal);
    return result;
  }

  async function cancel(session: string, cancelOptions: CancelOptions = {}): Promise<RunResult> {
    const state = await load(session);
    const run = newestRun(state);
    const after = await cancelRun(context, state, cancelOptions);
    await goOnAbove({ context, finish }, after, undefined);
    return toRunResult(after, run);
  }

  const restore = async (result: RunResult): Promise<RunResult> => {
    const { safety } = ports;
    return safety === undefined ? result : restoreResult(safety.restorer, result, (await load(result.session)).family);
  };

  return {
    run: async (runOptions) => restore(await finish(await prepareRun(context, runOptions), runOptions.onEvent)),
    stream: async (runOptions) => {
      const prepared = await prepareRun(context, runOptions);
      return startStream(ports, prepared);
    },
    resume: async (session, resumeOptions) => restore(await resume(session, resumeOptions)),
    cancel: async (session, cancelOptions) => restore(await cancel(session, cancelOptions)),
    approvals: async (session) => listApprovals(context, await load(session)),
    decide: async (decision) => restore(await decideByTicket(context, resume, decision)),
    recover: (recoverOptions = {}) => recoverRuns({ context, openRuns, finish }, recoverOptions),
    replay: (session) =>
      replaySession({ log: ports.log, sessions: ports.sessions, ...definitionSource(context) }, session),
    fork: (session, forkOptions = {}) => forkSession(context, session, forkOptions),
    diff: (left, right) => diffSessions(ports, left, right),
    createSession: (sessionOptions = {}) => createSession(context, sessionOptions),
    load,
    result: async (session, run) => restore(toRunResult(await load(session), run)),
  };
}

function createContext(options: AgentKitOptions, runAgent: SubRunStarter): KitContext {
  const { model, agents, resolveAgent, snapshots, clock = systemClock, ids = systemIds } = options;
  const { leases = createInMemoryLeaseStore({ clock }), access, approvals, blobs, prices, safety } = options;
  const log = safety === undefined ? options.log : safety.redactor.protect(options.log);
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  checkAgents(options);
  const process = ids.next();
  let writers = 0;
  return {
    ports: {
      log,
      model,
      clock,
      sessions: createSessionStore(log, snapshots && createSnapshotCache({ log, snapshots, clock })),
      contents: createContentStore(log, clock),
      leases,
      blobs,
      prices,
      safety,
      runAgent,
    },
    ids,
    policy: access,
    authority: approvals,
    nextWriter() {
      writers += 1;
      return `${process}-${writers}`;
    },
    agents: (name) => byName.get(name) ?? resolveAgent?.(name),
    defaultAgent: agents.length === 1 ? agents[0]?.name : undefined,
  };
}

// The first part is asked for at once, so that a run that cannot be appended fails here and not in the reader's loop.
async function startStream(ports: EnginePorts, prepared: PreparedDrive): Promise<RunStream> {
  const { state, run, signal } = prepared;
  const reader = new AbortController();
  const stop = signal === undefined ? reader.signal : AbortSignal.any([signal, reader.signal]);
  const parts = drive(ports, { ...prepared, signal: stop, streaming: true });
  let first: IteratorResult<RunStreamPart, void> | undefined = await parts.next();
  const iterator: AsyncIterator<RunStreamPart, void> = {
    async next() {
      const result = first ?? parts.next();
      first = undefined;
      return result;
    },
    // Also when the reader leaves before the first part, or while it waits for one.
    return() {
      reader.abort(new AgentKitError("aborted", "The reader of the run's stream has left."));
      return parts.return();
    },
  };
  return { session: state.session, run, [Symbol.asyncIterator]: () => iterator };
}

function newestRun(state: SessionState): string {
  const run = state.active?.turn.run ?? state.turns.last()?.run;
  if (run !== undefined) return run;
  throw new AgentKitError("response_not_found", `Session '${state.session}' has no run yet.`);
}
