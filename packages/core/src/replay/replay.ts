import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { AgentEvent, EventDraft } from "../events/catalogue.ts";
import { parseEvent } from "../events/decode-event.ts";
import { originOf, resolveDefinition } from "../run/definitions.ts";
import type { AgentSource } from "../run/definitions.ts";
import type { ContentStore } from "../run/content-store.ts";
import { sessionNotFound } from "../run/session-store.ts";
import type { SessionStore } from "../run/session-store.ts";
import { evolve } from "../session/evolve.ts";
import { toIntents } from "../session/intents.ts";
import { requestHash } from "../session/model-request.ts";
import type { ContextRange } from "../session/model-request.ts";
import { nextStep } from "../session/next-step.ts";
import type { RunDefinition } from "../session/run-definition.ts";
import { initialState } from "../session/session-state.ts";
import type { SessionState } from "../session/session-state.ts";
import type { Step } from "../session/step.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { firstDifference } from "./first-difference.ts";
import type { Difference } from "./first-difference.ts";
import { rebuildRequest } from "./rebuild-request.ts";

/** Where a replay first parted from the record. */
export interface Divergence extends Difference {
  /** `code`: the code decides otherwise now. `log`: the log contradicts itself, so it was changed after it was written. */
  readonly kind: "code" | "log";
  readonly revision: number;
  readonly run: string | undefined;
  /** The recorded event's type, and that of the event the code would have written there. */
  readonly recordedType: string;
  readonly replayedType: string | undefined;
}

/** What a replay found. */
export interface ReplayReport {
  readonly session: string;
  readonly status: "identical" | "diverged";
  /** Events read, decisions compared among them, and runs and model calls walked through. */
  readonly events: number;
  readonly decisions: number;
  readonly runs: number;
  readonly modelCalls: number;
  readonly divergence?: Divergence;
}

/** What a replay needs: no model, no tools, no network. */
export interface ReplayPorts {
  readonly log: EventLog;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
  readonly agents: AgentSource;
}

/**
 * Walks through a session's events and asks the code at each decision what it would decide now. What came from outside (the
 * prompt, the model's answers, the tools' results, people's decisions) is taken from the record. Stops at the first
 * divergence. A fork is replayed from where it parts; its parent's events are the parent's to replay.
 *
 * @throws AgentKitError `session_not_found`, `agent_not_found`, `event_invalid`, `event_type_unknown`,
 * `event_version_unsupported`, `content_not_found`, `log_corrupt`
 */
export async function replaySession(ports: ReplayPorts, session: string): Promise<ReplayReport> {
  const walk = createWalk(ports, session);
  for await (const stored of ports.log.readStream(toSessionStream(session))) {
    await walk.take(parseEvent(stored));
    if (walk.report().divergence !== undefined) break;
  }
  if (walk.report().events === 0) throw sessionNotFound(session);
  return walk.report();
}

interface Walk {
  take(event: AgentEvent): Promise<void>;
  report(): ReplayReport;
}

interface Prediction {
  readonly step: Step;
  readonly intents: readonly EventDraft[];
}

function createWalk(ports: ReplayPorts, session: string): Walk {
  let state = initialState(session);
  let counts = { events: 0, decisions: 0, runs: 0, modelCalls: 0 };
  let divergence: Divergence | undefined;
  let prediction: Prediction | undefined;
  let pending: readonly EventDraft[] = [];
  let range: ContextRange = { from: 0, to: 0 };
  let definition: { readonly run: string; readonly value: RunDefinition } | undefined;

  async function define(): Promise<RunDefinition | undefined> {
    const { active } = state;
    if (active === undefined) return undefined;
    if (definition?.run === active.turn.run) return definition.value;
    const value = await resolveDefinition(originOf(state, active), ports.agents, ports.contents);
    definition = { run: active.turn.run, value };
    return value;
  }

  async function predict(): Promise<void> {
    const current = await define();
    if (current === undefined) return;
    const step = nextStep(state, current);
    prediction = { step, intents: toIntents(step, current) };
    pending = prediction.intents;
  }

  async function compareDecision(event: AgentEvent): Promise<void> {
    if (pending.length === 0) await predict();
    const [expected, ...rest] = pending;
    pending = rest;
    if (event.type === "ContextAssembled") range = { from: event.data.from, to: event.data.to };
    divergence = await compare(event, expected);
    counts = { ...counts, decisions: counts.decisions + 1 };
  }

  async function compare(event: AgentEvent, expected: EventDraft | undefined): Promise<Divergence | undefined> {
    const difference =
      event.type === expected?.type
        ? firstDifference(event.data, expected.data)
        : { path: "", recorded: event.data, replayed: expected?.data };
    const sides = { revision: event.revision, run: event.meta.run, recordedType: event.type, replayedType: expected?.type };
    if (event.type !== "ModelCallStarted") return difference && { ...difference, ...sides, kind: "code" };
    return (await compareRequest(event, sides)) ?? (difference && { ...difference, ...sides, kind: "code" });
  }

  async function compareRequest(
    event: Extract<AgentEvent, { type: "ModelCallStarted" }>,
    sides: Omit<Divergence, keyof Difference | "kind">,
  ): Promise<Divergence | undefined> {
    const rebuilt = await rebuildRequest(event.data, { state, range }, ports.contents);
    const hash = requestHash(rebuilt);
    if (hash !== event.data.requestHash) {
      return { ...sides, kind: "log", path: "requestHash", recorded: event.data.requestHash, replayed: hash };
    }
    if (prediction?.step.type !== "callModel") return undefined;
    const difference = firstDifference(rebuilt, prediction.step.request);
    return difference && { ...difference, ...sides, kind: "code" };
  }

  function checkNothingPending(event: AgentEvent): void {
    const [expected] = pending;
    if (expected === undefined) return;
    const sides = { revision: event.revision, run: event.meta.run, recordedType: event.type, replayedType: expected.type };
    divergence = { ...sides, kind: "code", path: "", recorded: event.data, replayed: expected.data };
  }

  return {
    async take(event) {
      checkRevision(event, counts.events);
      if (event.type === "SessionForked") state = await forkBase(ports.sessions, session, event.data.parent);
      if (isDecision(event)) await compareDecision(event);
      else checkNothingPending(event);
      state = evolve(state, event);
      counts = {
        ...counts,
        events: counts.events + 1,
        runs: counts.runs + Number(event.type === "RunStarted"),
        modelCalls: counts.modelCalls + Number(event.type === "ModelCallStarted"),
      };
    },
    report: () => ({
      session,
      status: divergence === undefined ? "identical" : "diverged",
      ...counts,
      ...(divergence && { divergence }),
    }),
  };
}

async function forkBase(
  sessions: SessionStore,
  session: string,
  parent: { readonly session: string; readonly revision: number },
): Promise<SessionState> {
  const state = await sessions.loadAt(parent.session, parent.revision);
  return { ...state, session, revision: -1, base: state.base + parent.revision + 1 };
}

function checkRevision(event: AgentEvent, expected: number): void {
  if (event.revision === expected) return;
  const message = `${event.stream} has revision ${event.revision} where ${expected} should be: events are missing.`;
  throw new AgentKitError("log_corrupt", message);
}

/** Whether the code decided the event, as opposed to something outside having happened. */
function isDecision(event: AgentEvent): boolean {
  switch (event.type) {
    case "ContextAssembled":
    case "ModelCallStarted":
    case "ToolCallRequested":
    case "ToolCallStarted":
    case "RunSuspended":
    case "RunCompleted":
      return true;
    case "ToolCallDenied":
      return event.data.code !== "refused";
    case "RunFailed":
      // The clock decided, and the clock is not replayed.
      return event.data.code !== "run_time_limit_exceeded";
    default:
      return false;
  }
}
