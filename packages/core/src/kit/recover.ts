import { AgentKitError } from "../errors/agent-kit-error.ts";
import { decodeEvent } from "../events/decode-event.ts";
import { canGoOn } from "../projections/open-runs.ts";
import type { OpenRunList } from "../projections/open-runs.ts";
import type { StoredEvent } from "../events/envelope.ts";
import type { EnginePorts } from "../run/engine-ports.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { LeaseStore } from "../run/lease-store.ts";
import { toRunResult } from "../run/run-result.ts";
import type { RunResult } from "../run/run-result.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { goOnAbove, isOver, isTaken } from "./go-on-above.ts";
import { prepareResume } from "./resume-run.ts";
import type { PreparedDrive } from "./resume-run.ts";
import type { SubRunPorts } from "./sub-run.ts";
import { toWakeUp } from "./wake-up.ts";

/** Which runs to take up again, and how. */
export interface RecoverOptions {
  /**
   * Leaves runs alone whose newest event is younger than this, in milliseconds. Needed where workers do not share a lease
   * store: then only the age tells that nobody drives a run. Default 0.
   */
  readonly olderThanMs?: number;
  /** Takes runs up whether or not somebody holds their lease and however young they are. Default `false`. */
  readonly takeOver?: boolean;
  /** Says nothing of runs that wait for a person already, which need not be opened then. Default `false`. */
  readonly skipSuspended?: boolean;
  /** How many runs are driven at the same time. Default 1. */
  readonly concurrency?: number;
  /** Aborting it takes no further run up, and leaves those under way open in the log, as a crash would. */
  readonly signal?: AbortSignal;
  /** Called for each run as soon as it is known what became of it. */
  readonly onRun?: (run: RecoveredRun) => void;
}

/** What became of a run that was not over. */
export type RecoveredRun =
  /** It was driven on; the result says how far. */
  | { readonly session: string; readonly status: "resumed"; readonly result: RunResult }
  /** It waits for a person. */
  | { readonly session: string; readonly status: "suspended"; readonly result: RunResult }
  /** Left alone: another worker drives it, its newest event is too young to say that nobody does, or the signal came. */
  | { readonly session: string; readonly status: "left_alone"; readonly reason: "held" | "recent" | "stopped" }
  /**
   * It could not be taken up, or broke off again. `run_interrupted`: it broke off three times at the same place, so that it
   * may be what ends its process; only `takeOver` or `resume` takes it up once more.
   */
  | { readonly session: string; readonly status: "failed"; readonly error: AgentKitError };

/** What recovering needs of a kit. */
export interface RecoverPorts {
  readonly context: KitContext;
  readonly openRuns: OpenRunList;
  /** Drives a run until it is over or waits. */
  readonly finish: (prepared: PreparedDrive) => Promise<RunResult>;
}

/** Takes up every run that is not over and that nobody drives, the one that stands still for the longest time first. */
export async function recoverRuns(ports: RecoverPorts, options: RecoverOptions): Promise<readonly RecoveredRun[]> {
  const runs = await ports.openRuns.read();
  const now = ports.context.ports.clock.now();
  const open = runs.filter((run) => {
    return !(run.suspended && options.skipSuspended === true) || canGoOn(run, runs, now);
  });
  const recovered: RecoveredRun[] = [];
  const take = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined && options.signal?.aborted !== true; next = open.shift()) {
      const run = await recoverOne(ports, next.session, options);
      if (run === undefined) continue;
      recovered.push(run);
      options.onRun?.(run);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency ?? 1) }, take));
  return recovered;
}

async function recoverOne(
  ports: RecoverPorts,
  session: string,
  options: RecoverOptions,
): Promise<RecoveredRun | undefined> {
  try {
    return await takeUp(ports, session, options);
  } catch (error) {
    if (!AgentKitError.is(error)) throw error;
    // Somebody else was faster, or holds the lease.
    if (isTaken(error)) return { session, status: "left_alone", reason: "held" };
    const stopped = error.code === "aborted" && options.signal?.aborted === true;
    return stopped ? { session, status: "left_alone", reason: "stopped" } : { session, status: "failed", error };
  }
}

async function takeUp(
  { context, finish }: RecoverPorts,
  session: string,
  options: RecoverOptions,
): Promise<RecoveredRun | undefined> {
  const { takeOver = false, signal } = options;
  const state = await context.ports.sessions.load(session);
  const turn = state?.active?.turn;
  if (state === undefined || turn === undefined) return undefined;
  const waits = turn.status === "suspended" && (await toWakeUp(context.ports, state, { takeOver })).length === 0;
  if (waits) return { session, status: "suspended", result: toRunResult(state, turn.run) };
  const refused = takeOver ? undefined : await refuse(context.ports, session, options);
  if (refused !== undefined) return refused;
  const prepared = await prepareResume(context, state, { takeOver });
  if (prepared === undefined) return undefined;
  return driveOn({ context, finish }, { ...prepared, unlessHeld: !takeOver, leave: signal });
}

async function driveOn(ports: SubRunPorts, prepared: PreparedDrive): Promise<RecoveredRun> {
  const { session } = prepared.state;
  const result = await ports.finish(prepared);
  if (isOver(result)) await goOnAbove(ports, prepared.state, undefined);
  return { session, status: result.outcome === "suspended" ? "suspended" : "resumed", result };
}

/** Why a run is not taken up although nobody may hold its lease. */
async function refuse(ports: EnginePorts, session: string, options: RecoverOptions): Promise<RecoveredRun | undefined> {
  if (await isRecent(ports, session, options)) return { session, status: "left_alone", reason: "recent" };
  if (await breaksOffAgainAndAgain(ports, session)) return { session, status: "failed", error: interrupted(session) };
  return undefined;
}

async function isRecent(
  { log, clock, leases }: EnginePorts,
  session: string,
  options: RecoverOptions,
): Promise<boolean> {
  const { olderThanMs = 0 } = options;
  if (olderThanMs === 0) return false;
  for await (const event of log.readStream(toSessionStream(session), { direction: "backwards", limit: 1 })) {
    if (await wasItsWorkers(leases, event)) return false;
    // A clock that was set back makes an event seem to be of the future: the distance counts.
    return Math.abs(clock.now() - Date.parse(event.time)) < olderThanMs;
  }
  return false;
}

/**
 * Whether this lease store has given a lease to whoever wrote the newest event: then the lease tells whether that worker is
 * alive, and the event's age is of no interest.
 */
async function wasItsWorkers(leases: LeaseStore, { stream, meta }: StoredEvent): Promise<boolean> {
  try {
    return meta.writer !== undefined && (await leases.lastHolder(stream)) === meta.writer;
  } catch {
    // A store that cannot tell leaves it to the age.
    return false;
  }
}

/** How often a run may break off at one place before it is left to a person. */
const maxInterruptions = 3;

/** More events than so many interruptions and what follows each. */
const eventsLookedAt = 50;

const progress: ReadonlySet<string> = new Set([
  "RunStarted",
  "ModelCallCompleted",
  "ToolCallSucceeded",
  "ToolCallFailed",
]);

async function breaksOffAgainAndAgain({ log }: EnginePorts, session: string): Promise<boolean> {
  let interruptions = 0;
  const options = { direction: "backwards", limit: eventsLookedAt } as const;
  for await (const stored of log.readStream(toSessionStream(session), options)) {
    const event = decodeEvent(stored);
    if (progress.has(event.type)) return false;
    if (event.type === "RunResumed" && event.data.reason === "interrupted") interruptions += 1;
    if (interruptions === maxInterruptions) return true;
  }
  return false;
}

function interrupted(session: string): AgentKitError {
  const message = `The run of session '${session}' broke off ${maxInterruptions} times at the same place. Find out why, and resume it by name.`;
  return new AgentKitError("run_interrupted", message, { param: "session" });
}
