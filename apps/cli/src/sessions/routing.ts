import {
  type AgentEvent,
  type EventData,
  type EventLog,
  type Principal,
  type RunOutcome,
  sessionOfStream,
} from "@agentkit/core";
import { type KnownCalls, noteCalls } from "./known-calls.ts";
import { readHistory } from "./read-history.ts";
import { readRefusals, type RefusedAttempt } from "./read-refusals.ts";

type StepType =
  | "AccessDecided"
  | "HandoffDecided"
  | "SubRunStarted"
  | "SubRunCompleted"
  | "ApprovalRequested"
  | "ApprovalVoided"
  | "ToolCallApproved"
  | "ToolCallDenied";

/** An event that decides who does what. */
export type StepEvent = Extract<AgentEvent, { readonly type: StepType }>;

/** A decision about who does what. */
export interface RoutingStep {
  readonly event: StepEvent;
  /** The tool of the call it is about, where the events before it tell. */
  readonly tool?: string;
  /** The run that was started, for `SubRunStarted`. */
  readonly below?: SessionRouting;
}

/** A run and what was decided in it about who does what, in the order of the log. */
export interface RoutingRun {
  readonly run: string;
  /** The session whose events it is in: a fork shares runs with its parent. */
  readonly session: string;
  /** The agent it began with. */
  readonly agent: string;
  readonly principal: Principal | undefined;
  /** How many runs it is nested in. */
  readonly depth: number;
  readonly status: RunOutcome;
  readonly steps: readonly RoutingStep[];
}

/** Who did what in a session and why, from the log alone. */
export interface SessionRouting {
  readonly session: string;
  /** The call of another session that this one was begun for. */
  readonly parent?: EventData<"SessionStarted">["parent"];
  readonly runs: readonly RoutingRun[];
  /** Attempts to decide on its approvals that were turned away. */
  readonly refused: readonly RefusedAttempt[];
}

/** Reads the routing of a session, with that of the sub-runs below it. */
export function readRouting(log: EventLog, session: string): Promise<SessionRouting> {
  return readSession({ log, above: new Set() }, { session });
}

interface Reading {
  readonly log: EventLog;
  /** The sessions this one is below: a log that leads in a circle is read once around. */
  readonly above: ReadonlySet<string>;
}

interface Place {
  readonly session: string;
  /** Only this run; default: all. */
  readonly run?: string;
}

async function readSession({ log, above }: Reading, { session, run: only }: Place): Promise<SessionRouting> {
  const runs = new Map<string, Draft>();
  const calls: KnownCalls = new Map();
  let parent: SessionRouting["parent"];
  for await (const event of above.has(session) ? [] : readHistory(log, session)) {
    if (event.type === "SessionStarted") parent = event.data.parent;
    noteCalls(event, calls);
    const { run } = event.meta;
    if (run === undefined || (only !== undefined && run !== only)) continue;
    const draft = evolve(runs.get(run) ?? begin(run, event), event);
    if (isStep(event)) draft.steps.push({ ...toStep(event, calls), ...(await readBelow(event)) });
    runs.set(run, draft);
  }
  return { session, ...(parent && { parent }), runs: [...runs.values()], refused: await readRefusals(log, session) };

  async function readBelow(event: StepEvent): Promise<{ readonly below?: SessionRouting }> {
    if (event.type !== "SubRunStarted") return {};
    return { below: await readSession({ log, above: new Set([...above, session]) }, event.data) };
  }
}

interface Draft extends RoutingRun {
  readonly steps: RoutingStep[];
}

function begin(run: string, { meta, stream }: AgentEvent): Draft {
  const session = sessionOfStream(stream) ?? "";
  return { run, session, agent: meta.agent ?? "-", principal: undefined, depth: 0, status: "running", steps: [] };
}

/** Folds in what an event says of its run. */
function evolve(draft: Draft, event: AgentEvent): Draft {
  switch (event.type) {
    case "RunStarted": {
      const { agent, request } = event.data;
      return { ...draft, agent, principal: request?.principal, depth: request?.depth ?? 0 };
    }
    case "RunSuspended":
      return { ...draft, status: "suspended" };
    case "RunResumed":
      return { ...draft, status: "running" };
    case "RunCompleted":
      return { ...draft, status: event.data.outcome === "answered" ? "completed" : event.data.outcome };
    case "RunFailed":
      return { ...draft, status: "failed" };
    case "RunCancelled":
      return { ...draft, status: "cancelled" };
    default:
      return draft;
  }
}

function isStep(event: AgentEvent): event is StepEvent {
  switch (event.type) {
    case "AccessDecided":
    case "HandoffDecided":
    case "SubRunStarted":
    case "SubRunCompleted":
    case "ApprovalRequested":
    case "ApprovalVoided":
      return true;
    case "ToolCallApproved":
    case "ToolCallDenied":
      // The others were let run again, or refused, for reasons that have nothing to do with who may do what.
      return event.data.approval !== undefined;
    default:
      return false;
  }
}

function toStep(event: StepEvent, calls: KnownCalls): RoutingStep {
  const { callId } = event.data;
  const tool = callId === undefined ? undefined : calls.get(callId)?.tool;
  return { event, ...(tool !== undefined && { tool }) };
}
