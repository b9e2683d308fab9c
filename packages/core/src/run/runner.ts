import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft, RecordedEvent } from "../events/catalogue.ts";
import { advance } from "../session/advance.ts";
import type { Advance, Effect } from "../session/advance.ts";
import { toRedact } from "../safety/redact-drafts.ts";
import { currentDefinition } from "../session/run-definition.ts";
import type { ActiveRun, SessionState } from "../session/session-state.ts";
import { spentOf } from "../session/spent.ts";
import type { DriveOptions, EnginePorts } from "./engine-ports.ts";
import { EffectSet } from "./effect-set.ts";
import type { EffectOutput } from "./effect-set.ts";
import { createStamp } from "./event-stamp.ts";
import type { RunStreamPart } from "./run-stream.ts";
import { appendEvents } from "./session-appender.ts";
import { startEffect } from "./start-effect.ts";
import { startTimeLimit, toEnding } from "./stop-reason.ts";
import { SpendingMeter, TreeBudget } from "./tree-budget.ts";

/** How long effects may take to end after they were told to, in milliseconds. */
const graceMs = 5_000;

/** A run being driven: its state, the effects under way, and what stops it. */
export class Runner {
  readonly #ports: EnginePorts;
  readonly #options: DriveOptions;
  readonly #effects = new EffectSet();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #aborted: Promise<undefined>;
  readonly #timeLimit: AbortController;
  readonly #budget: TreeBudget;
  readonly #meter: SpendingMeter;
  #state: SessionState;
  #commitFailed = false;
  #delayOver = false;
  #asked: Promise<EffectOutput | undefined> | undefined;

  constructor(ports: EnginePorts, options: DriveOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#state = options.state;
    this.#budget = toBudget(options);
    this.#meter = new SpendingMeter(takenUp(options));
    const signals = [options.signal, options.leave, this.#stop.signal, ...this.#budget.signals];
    this.#signal = AbortSignal.any(signals.filter((signal) => signal !== undefined));
    this.#aborted = whenAborted(this.#signal);
    this.#timeLimit = startTimeLimit(ports.clock, options.definition.agent.limits.durationMs, this.#stop);
  }

  /** Whether something is still to come. What outlives its run (an adapter that ignores the abort) is not waited for. */
  get isBusy(): boolean {
    const turn = this.#state.active?.turn;
    return this.#effects.size > 0 && turn?.run === this.#options.run && turn.status === "running";
  }

  /** Appends what happened with all that follows from it, and starts the effects that this announces. */
  async commit(observed: readonly EventDraft[], actor?: string): Promise<readonly RunStreamPart[]> {
    const next = await this.#appendUnlessLeft(observed, actor).catch((error: unknown) => {
      this.#commitFailed = true;
      throw error;
    });
    this.#state = next.state;
    this.#ports.sessions.keep(next.state);
    for (const event of next.events) this.#count(event);
    for (const effect of next.effects) this.#start(effect);
    return next.events.map((event) => ({ type: "event", event }));
  }

  async #appendUnlessLeft(observed: readonly EventDraft[], actor: string | undefined): Promise<Advance> {
    if (this.#options.leave?.aborted !== true) return this.#append(observed, actor);
    throw new AgentKitError("aborted", `Run '${this.#options.run}' is left open in the log; it can be resumed.`);
  }

  async #append(observed: readonly EventDraft[], actor: string | undefined): Promise<Advance> {
    const { definition, run, writer } = this.#options;
    const { agent, access } = currentDefinition(definition, this.#state.active);
    const { session, family } = this.#state;
    const scope = { session, family, run, agent: agent.name, tenant: access.principal.tenant };
    const stamp = createStamp({
      state: this.#state,
      time: this.#ports.clock.now(),
      writer,
      run,
      agent,
      redact: toRedact(this.#ports.safety, scope),
      ...(actor !== undefined && { person: { actor, events: observed.length } }),
    });
    const next = advance({ state: this.#state, observed, definition, delayOver: this.#delayOver, stamp });
    await appendEvents({ ...this.#ports, writer }, next.events);
    return next;
  }

  /** The next piece of any effect, or what was observed. After an abort: all that was still observed, and the run's end. */
  async next(): Promise<EffectOutput> {
    const output = await this.#take(this.#aborted);
    if (!this.#signal.aborted) return output ?? { type: "observed", drafts: [] };
    const observed = output?.type === "observed" ? output.drafts : [];
    return { type: "observed", drafts: [...observed, ...(await this.#drain()), toEnding(this.#signal)] };
  }

  /** Ends what is still under way, and records that the run was cancelled if its reader has left. */
  async close(): Promise<void> {
    this.#timeLimit.abort("over");
    if (!this.isBusy) return;
    this.#stop.abort(new AgentKitError("aborted", "The reader of the run's stream has left."));
    const drafts = await this.#drain();
    if (!this.#commitFailed) await this.commit([...drafts, toEnding(this.#signal)]);
  }

  #start(effect: Effect): void {
    const { run, streaming, leave, unlessHeld = false } = this.#options;
    this.#delayOver = effect.type === "delay";
    const definition = currentDefinition(this.#options.definition, this.#state.active);
    const context = {
      ports: this.#ports,
      signal: this.#signal,
      leave,
      unlessHeld,
      state: this.#state,
      run,
      definition,
      budget: this.#budget,
      streaming,
    };
    for (const outputs of startEffect(effect, context)) this.#effects.add(outputs);
  }

  #count(event: RecordedEvent): void {
    const spent = this.#meter.read(event);
    if (spent !== undefined) this.#budget.add(spent);
  }

  // An output that was asked for when the wait was given up is not lost: the next one to ask gets it.
  async #take(unless: Promise<undefined>): Promise<EffectOutput | undefined> {
    this.#asked ??= this.#effects.next();
    const output = await Promise.race([this.#asked, unless]);
    if (output !== undefined) this.#asked = undefined;
    return output;
  }

  async #drain(): Promise<readonly EventDraft[]> {
    const drafts: EventDraft[] = [];
    const over = new AbortController();
    const timeUp = this.#ports.clock.sleep(graceMs, over.signal).then(nothing, nothing);
    for (;;) {
      const output = await this.#take(timeUp);
      if (output === undefined) break;
      if (output.type === "observed") drafts.push(...output.drafts);
    }
    over.abort("over");
    return drafts;
  }
}

// A run that is taken up again begins with what it has used up.
function toBudget({ definition, budget, state, run }: DriveOptions): TreeBudget {
  const own = new TreeBudget(definition.agent.limits, budget);
  const active = takenUp({ state, run });
  if (active !== undefined) own.add(spentOf(active));
  return own;
}

function takenUp({ state, run }: Pick<DriveOptions, "state" | "run">): ActiveRun | undefined {
  return state.active?.turn.run === run ? state.active : undefined;
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
