import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { AgentEvent, EventDraft } from "../events/catalogue.ts";
import { originOf, resolveDefinition } from "../run/definitions.ts";
import type { DefinitionSource } from "../run/definitions.ts";
import type { SessionStore } from "../run/session-store.ts";
import { toRedact } from "../safety/redact-drafts.ts";
import { evolve } from "../session/evolve.ts";
import { toIntents } from "../session/intents.ts";
import { requestHash } from "../session/model-request.ts";
import type { ContextRange } from "../session/model-request.ts";
import { nextStep } from "../session/next-step.ts";
import { currentDefinition } from "../session/run-definition.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import { initialState } from "../session/session-state.ts";
import type { SessionState } from "../session/session-state.ts";
import type { Step } from "../session/step.ts";
import { firstDifference } from "./first-difference.ts";
import type { Difference } from "./first-difference.ts";
import { isDecision } from "./is-decision.ts";
import { rebuildRequest } from "./rebuild-request.ts";
import type { Divergence, ReplayReport } from "./replay-report.ts";

/** What a replay needs: no model, no tools, no network. */
export interface ReplayPorts extends DefinitionSource {
  readonly log: EventLog;
  readonly sessions: SessionStore;
}

type ModelCallStarted = Extract<AgentEvent, { type: "ModelCallStarted" }>;

/** A replay on its way: the fold so far, and what the code would write next. */
export class ReplayWalk {
  readonly #ports: ReplayPorts;
  readonly #session: string;
  #state: SessionState;
  #counts = { events: 0, decisions: 0, runs: 0, modelCalls: 0 };
  #divergence: Divergence | undefined;
  readonly #subRuns = new Set<string>();
  /** The step the code decided on last, and those of its events that were not met yet. */
  #step: Step = { type: "rest" };
  #predicted: readonly EventDraft[] = [];
  #range: ContextRange = { from: 0, to: 0 };
  #definition: { readonly run: string; readonly value: RunDefinition } | undefined;

  constructor(ports: ReplayPorts, session: string) {
    this.#ports = ports;
    this.#session = session;
    this.#state = initialState(session);
  }

  /** Compares one recorded event, in stream order, and folds it. */
  async take(event: AgentEvent): Promise<void> {
    checkRevision(event, this.#counts.events);
    if (event.type === "SessionForked") this.#state = await this.#ports.sessions.forkBase(this.#session, event.data);
    if (event.type === "ModerationDecided") return this.#fold(event, false);
    if (event.type === "ContextAssembled") this.#range = { from: event.data.from, to: event.data.to };
    const decided = isDecision(event);
    if (decided && this.#predicted.length === 0) await this.#predict();
    const [expected, ...rest] = this.#predicted;
    this.#predicted = rest;
    if (decided) this.#divergence = await this.#compare(event, expected);
    else if (expected !== undefined) this.#divergence = otherEvent(event, expected);
    if (event.type === "SubRunStarted") this.#subRuns.add(event.data.session);
    this.#fold(event, decided);
  }

  // What a guard decided stands where it was decided, also between events that the code decided on together.
  #fold(event: AgentEvent, decided: boolean): void {
    this.#state = evolve(this.#state, event);
    this.#count(event, decided);
  }

  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  get eventCount(): number {
    return this.#counts.events;
  }

  /** The sessions of the sub-runs that were begun in what was taken so far. */
  get subRuns(): readonly string[] {
    return [...this.#subRuns];
  }

  report(children: readonly ReplayReport[]): ReplayReport {
    const divergence = this.#divergence;
    const isIdentical = divergence === undefined && children.every(({ status }) => status === "identical");
    const status = isIdentical ? "identical" : "diverged";
    return { session: this.#session, status, ...this.#counts, ...(divergence && { divergence }), children };
  }

  #count(event: AgentEvent, decided: boolean): void {
    const { events, decisions, runs, modelCalls } = this.#counts;
    this.#counts = {
      events: events + 1,
      decisions: decisions + Number(decided),
      runs: runs + Number(event.type === "RunStarted"),
      modelCalls: modelCalls + Number(event.type === "ModelCallStarted"),
    };
  }

  async #predict(): Promise<void> {
    const { active } = this.#state;
    if (active === undefined) return;
    if (this.#definition?.run !== active.turn.run) {
      const value = await resolveDefinition(originOf(this.#state, active), this.#ports);
      this.#definition = { run: active.turn.run, value };
    }
    const definition = currentDefinition(this.#definition.value, active);
    this.#step = nextStep(this.#state, definition);
    const { safety } = this.#ports;
    const scope = {
      session: this.#session,
      family: this.#state.family,
      run: active.turn.run,
      agent: definition.agent.name,
    };
    const redact = toRedact(safety, { ...scope, tenant: definition.access.principal.tenant });
    const intents = toIntents(this.#step, definition);
    this.#predicted = redact === undefined ? intents : intents.map((draft) => redact(draft).draft);
  }

  async #compare(event: AgentEvent, expected: EventDraft | undefined): Promise<Divergence | undefined> {
    const inRequest = event.type === "ModelCallStarted" ? await this.#compareRequest(event, expected) : undefined;
    if (inRequest !== undefined) return inRequest;
    if (event.type !== expected?.type) return otherEvent(event, expected);
    return toDivergence(event, expected, firstDifference(event.data, expected.data));
  }

  // The request itself says more than its hash: where it differs, and what stands there on either side.
  async #compareRequest(event: ModelCallStarted, expected: EventDraft | undefined): Promise<Divergence | undefined> {
    const context = { state: this.#state, range: this.#range };
    const rebuilt = await rebuildRequest(event.data, context, this.#ports.contents);
    const replayed = requestHash(rebuilt);
    const recorded = event.data.requestHash;
    if (replayed !== recorded) {
      return { ...sidesOf(event, expected), kind: "log", path: "requestHash", recorded, replayed };
    }
    if (this.#step.type !== "callModel") return undefined;
    return toDivergence(event, expected, firstDifference(rebuilt, this.#step.request));
  }
}

function toDivergence(
  event: AgentEvent,
  expected: EventDraft | undefined,
  difference: Difference | undefined,
): Divergence | undefined {
  return difference && { ...sidesOf(event, expected), kind: "code", ...difference };
}

function otherEvent(event: AgentEvent, expected: EventDraft | undefined): Divergence {
  return { ...sidesOf(event, expected), kind: "code", path: "", recorded: event.data, replayed: expected?.data };
}

function sidesOf(
  event: AgentEvent,
  expected: EventDraft | undefined,
): Pick<Divergence, "revision" | "run" | "recordedType" | "replayedType"> {
  return {
    revision: event.revision,
    run: event.meta.run,
    recordedType: event.type,
    replayedType: expected?.type,
  };
}

function checkRevision(event: AgentEvent, expected: number): void {
  if (event.revision === expected) return;
  const message = `${event.stream} has revision ${event.revision} where ${expected} should be: events are missing.`;
  throw new AgentKitError("log_corrupt", message);
}
