import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { Model } from "../model/model.ts";
import type { Clock } from "../runtime/clock.ts";
import { advance } from "../session/advance.ts";
import type { Effect } from "../session/advance.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import type { SessionState } from "../session/session-state.ts";
import { listContents } from "./content-store.ts";
import type { ContentStore } from "./content-store.ts";
import { EffectSet } from "./effect-set.ts";
import type { EffectOutput } from "./effect-set.ts";
import { createStamp } from "./event-stamp.ts";
import { callModel } from "./model-effect.ts";
import type { RunStreamPart } from "./run-stream.ts";
import { appendEvents } from "./session-appender.ts";
import type { SessionStore } from "./session-store.ts";
import { callTool, reconcileTools } from "./tool-effect.ts";
import type { ToolEffectOptions } from "./tool-effect.ts";

/** What the engine works with. */
export interface EnginePorts {
  readonly log: EventLog;
  readonly model: Model;
  readonly clock: Clock;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
  /** Tells this process's events from another's. */
  readonly writer: string;
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
  readonly signal?: AbortSignal | undefined;
  /** Whether deltas are handed on. */
  readonly streaming: boolean;
}

/** How long effects may take to end after they were told to, in milliseconds. */
const graceMs = 5_000;

/**
 * Drives a run until it is over or waits for a person: folds what happened, appends it together with everything that
 * follows and the intents of the next effects, carries these out, and starts again with what was observed.
 *
 * @throws AgentKitError `concurrency_conflict` when another worker has taken the session, and the log's errors. The events
 * appended until then stay, and the run can be resumed.
 */
export async function* drive(ports: EnginePorts, options: DriveOptions): AsyncGenerator<RunStreamPart, SessionState> {
  const runner = createRunner(ports, options);
  try {
    await ports.contents.record(listContents(options.definition.contents));
    yield* runner.commit(options.observed, options.actor);
    while (runner.isBusy()) {
      const output = await runner.next();
      if (output.type === "delta") yield { type: "delta", delta: output.delta };
      else yield* runner.commit(output.drafts);
    }
    return runner.state();
  } finally {
    await runner.close();
  }
}

interface Runner {
  state(): SessionState;
  isBusy(): boolean;
  commit(drafts: readonly EventDraft[], actor?: string): AsyncGenerator<RunStreamPart, void>;
  next(): Promise<EffectOutput>;
  /** Ends what is still under way, and records that the run was cancelled if its reader has left. */
  close(): Promise<void>;
}

function createRunner(ports: EnginePorts, options: DriveOptions): Runner {
  const { definition, run } = options;
  const effects = new EffectSet();
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const limit = startTimeLimit(ports.clock, definition.agent.limits.durationMs, stop);
  const aborted = whenAborted(signal);
  let state = options.state;
  let failed = false;
  let delayOver = false;
  let asked: Promise<EffectOutput | undefined> | undefined;

  // An output that was asked for when the abort came is not lost: the next one to ask gets it.
  async function take(unless: Promise<undefined>): Promise<EffectOutput | undefined> {
    asked ??= effects.next();
    const current = asked;
    const output = await Promise.race([current, unless]);
    if (output !== undefined) asked = undefined;
    return output;
  }

  async function append(observed: readonly EventDraft[], actor?: string): Promise<readonly RunStreamPart[]> {
    const time = ports.clock.now();
    const stamp = createStamp({
      state,
      time,
      writer: ports.writer,
      run,
      agent: definition.agent,
      ...(actor !== undefined && { actor }),
    });
    const next = advance({ state, observed, definition, delayOver, stamp });
    try {
      await appendEvents(ports, next.events);
    } catch (error) {
      failed = true;
      throw error;
    }
    state = next.state;
    ports.sessions.keep(state);
    for (const effect of next.effects) start(effect);
    return next.events.map((event) => ({ type: "event", event }));
  }

  function start(effect: Effect): void {
    delayOver = effect.type === "delay";
    for (const output of toEffects(effect, { ports, options, signal })) effects.add(output);
  }

  async function drain(): Promise<readonly EventDraft[]> {
    const drafts: EventDraft[] = [];
    const grace = new AbortController();
    const timeUp = ports.clock.sleep(graceMs, grace.signal).then(nothing, nothing);
    for (;;) {
      const output = await take(timeUp);
      if (output === undefined) break;
      if (output.type === "observed") drafts.push(...output.drafts);
    }
    grace.abort();
    return drafts;
  }

  return {
    state: () => state,
    isBusy: () => effects.size > 0,
    async *commit(drafts, actor) {
      yield* await append(drafts, actor);
    },
    async next() {
      const output = await take(aborted);
      if (output?.type === "delta" && !signal.aborted) return output;
      if (!signal.aborted) return output ?? { type: "observed", drafts: [] };
      const observed = output?.type === "observed" ? output.drafts : [];
      return { type: "observed", drafts: [...observed, ...(await drain()), toEnding(signal)] };
    },
    async close() {
      limit.abort();
      const left = !failed && effects.size > 0;
      if (!stop.signal.aborted) stop.abort(new AgentKitError("aborted", "The reader of the run's stream has left."));
      const drafts = await drain();
      if (left) await append([...drafts, toEnding(signal)]);
    },
  };
}

function nothing(): undefined {
  return undefined;
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

interface EffectContext {
  readonly ports: EnginePorts;
  readonly options: DriveOptions;
  readonly signal: AbortSignal;
}

function toEffects(effect: Effect, context: EffectContext): readonly AsyncGenerator<EffectOutput, void>[] {
  const { ports, options, signal } = context;
  const toToolOptions = (planned: ToolEffectOptions["planned"]): ToolEffectOptions => ({
    planned,
    session: options.state.session,
    run: options.run,
    clock: ports.clock,
    signal,
  });
  switch (effect.type) {
    case "callModel":
      return [callModel({ model: ports.model, request: effect.request, signal, streaming: options.streaming })];
    case "callTools":
      return effect.calls.map((planned) => callTool(toToolOptions(planned)));
    case "reconcileTools":
      return [reconcileTools(effect.calls.map(toToolOptions))];
    case "delay":
      return [delay(ports.clock, effect.delayMs, signal)];
  }
}

async function* delay(clock: Clock, milliseconds: number, signal: AbortSignal): AsyncGenerator<EffectOutput, void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    // Cancelled while waiting: the run's ending says so.
  }
  yield { type: "observed", drafts: [] };
}

/** Why a drive stopped itself. */
class TimeLimit extends Error {}

function startTimeLimit(clock: Clock, milliseconds: number, stop: AbortController): AbortController {
  const over = new AbortController();
  clock.sleep(milliseconds, over.signal).then(
    () => {
      stop.abort(new TimeLimit(`The run took longer than ${milliseconds} ms (limits.durationMs).`));
    },
    () => undefined,
  );
  return over;
}

function toEnding(signal: AbortSignal): EventDraft {
  const reason: unknown = signal.reason;
  if (reason instanceof TimeLimit) {
    return { type: "RunFailed", data: { code: "run_time_limit_exceeded", message: reason.message } };
  }
  return { type: "RunCancelled", data: { reason: AgentKitError.is(reason) ? reason.message : "The caller cancelled it." } };
}
