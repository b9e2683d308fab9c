import { decodeEvent, isMessage, messageText, toSessionStream } from "@agentkit/core";
import type {
  AgentEvent,
  EventData,
  Item,
  Principal,
  RunResult,
  RunStatus,
  SessionState,
  Turn,
  TurnEnding,
  Usage,
} from "@agentkit/core";
import type { GatewayContext } from "../gateway-context.ts";
import { type PendingView, toPendingView } from "../approvals/pending-view.ts";
import { findRun, type FoundRun, newestResponseId } from "../responses/read-run.ts";
import { toConversationId, toResponseId } from "../responses/response-id.ts";
import { toShownWaiting } from "./session-commands.ts";
import { readFirstEvent, readSegments, segmentOfTurn } from "./lineage.ts";
import type { Parent, Segment } from "./lineage.ts";

/** A session as `GET /agentkit/v1/sessions/{id}` shows it. */
export interface SessionView {
  readonly session: string;
  readonly object: "agentkit.session";
  /** What the Conversations API calls it. */
  readonly conversation: string;
  readonly status: RunStatus | "empty";
  readonly created: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where it was forked from. */
  readonly parent: Parent | null;
  /** What the fork changed. */
  readonly overrides: SessionState["overrides"];
  /** Its newest revision. */
  readonly revision: number;
  readonly turns: readonly TurnView[];
  /** The call of another session that it was begun for. */
  readonly parentCall: SessionState["parent"] | null;
  /** The sub-runs of its own runs, in the order they were begun. */
  readonly children: readonly ChildView[];
  /** How often the safety policy blocked, held, redacted or flagged something of its own runs. */
  readonly moderation: ModerationCounts;
  /** The tool calls that wait: for an approval, for somebody who says what became of them, or for something else. */
  readonly waiting: RunResult["waiting"];
  /** What waits for an approval, in the sub-runs too. */
  readonly approvals: readonly PendingView[];
  /** The function calls that the caller has to answer next. */
  readonly pendingClientCalls: readonly string[];
}

/** A sub-run as the session above it shows it. */
export interface ChildView {
  readonly session: string;
  readonly agent: string;
  readonly callId: string | null;
  readonly reason: string | null;
  readonly status: EventData<"SubRunCompleted">["status"] | "open";
}

/** Decisions that are enforced, by what they came to. */
export interface ModerationCounts {
  readonly blocked: number;
  readonly held: number;
  readonly redacted: number;
  readonly flagged: number;
}

/** A turn as a session shows it. */
export interface TurnView {
  readonly run: string;
  readonly response: string;
  readonly agent: string;
  readonly status: RunStatus;
  readonly ending: TurnEnding | null;
  readonly prompt: string;
  readonly answer: string;
  readonly usage: Usage;
  /** Whether it is the parent's, shared by the fork. */
  readonly inherited: boolean;
  /** The last revision of the turn, in the session that `response` names: where to fork behind it. */
  readonly revision: number;
}

/** Reads what there is to say of a session. Throws `session_not_found`. */
export async function readSessionView(
  context: GatewayContext,
  session: string,
  principal: Principal,
): Promise<SessionView> {
  const state = await context.kit.load(session);
  const turns = [...state.turns, ...(state.active === undefined ? [] : [state.active.turn])];
  const segments = await readSegments(context, state);
  return {
    session,
    object: "agentkit.session",
    conversation: toConversationId(session),
    status: turns.at(-1)?.status ?? "empty",
    ...toOrigin(await readFirstEvent(context.log, session)),
    overrides: state.overrides,
    revision: state.revision,
    turns: await Promise.all(turns.map((turn) => toTurnView(context, { segments, state, turn }))),
    parentCall: state.parent ?? null,
    ...(await readOwn(context, session)),
    waiting: await readWaiting(context, state),
    approvals: (await context.kit.approvals(session)).map((pending) => toPendingView(pending, principal)),
    pendingClientCalls: [...state.pendingClientCalls],
  };
}

function toOrigin(first: AgentEvent | undefined): Pick<SessionView, "created" | "metadata" | "parent"> {
  const created = first?.time ?? "";
  switch (first?.type) {
    case "SessionForked":
      return { created, metadata: first.data.metadata ?? {}, parent: first.data.parent };
    case "SessionStarted":
      return { created, metadata: first.data.metadata ?? {}, parent: null };
    default:
      return { created, metadata: {}, parent: null };
  }
}

async function readWaiting(context: GatewayContext, { session, active }: SessionState): Promise<RunResult["waiting"]> {
  return active === undefined
    ? []
    : toShownWaiting(context, (await context.kit.result(session, active.turn.run)).waiting);
}

async function readOwn(
  { log }: GatewayContext,
  session: string,
): Promise<Pick<SessionView, "children" | "moderation">> {
  const children = new Map<string, ChildView>();
  const moderation = { blocked: 0, held: 0, redacted: 0, flagged: 0 };
  for await (const stored of log.readStream(toSessionStream(session))) {
    const event = decodeEvent(stored);
    switch (event.type) {
      case "SubRunStarted": {
        const { session: child, agent, callId, reason } = event.data;
        children.set(child, { session: child, agent, callId: callId ?? null, reason: reason ?? null, status: "open" });
        break;
      }
      case "SubRunCompleted": {
        const known = children.get(event.data.session);
        if (known !== undefined) children.set(known.session, { ...known, status: event.data.status });
        break;
      }
      case "ModerationDecided": {
        const count = event.data.mode === "enforce" ? countOf[event.data.verdict] : undefined;
        if (count !== undefined) moderation[count] += 1;
        break;
      }
      default:
    }
  }
  return { children: [...children.values()], moderation };
}

const countOf: Readonly<Record<EventData<"ModerationDecided">["verdict"], keyof ModerationCounts | undefined>> = {
  allow: undefined,
  flag: "flagged",
  redact: "redacted",
  require_approval: "held",
  block: "blocked",
};

interface ShownTurn {
  readonly segments: readonly Segment[];
  readonly state: SessionState;
  readonly turn: Turn;
}

async function toTurnView(context: GatewayContext, { segments, state, turn }: ShownTurn): Promise<TurnView> {
  const { run, agent, status, usage } = turn;
  const { session, base } = segmentOfTurn(segments, turn);
  const items = [...turn.items];
  return {
    run,
    response: await nameTurn(context, { state, turn }, session),
    agent,
    status,
    ending: turn.ending ?? null,
    prompt: textOf(items, "user"),
    answer:
      items
        .filter((item) => isMessage(item) && item.role === "assistant")
        .map(toText)
        .at(-1) ?? "",
    usage,
    inherited: session !== state.session,
    revision: turn.to - base,
  };
}

/** The turn's newest response; each wait for an approval has ended one before it. */
async function nameTurn(context: GatewayContext, shown: FoundRun, session: string): Promise<string> {
  if (session === shown.state.session) return newestResponseId(context, shown);
  const { run } = shown.turn;
  const found = await findRun(context, { session, run });
  return found === undefined ? toResponseId({ session, run }) : newestResponseId(context, found);
}

function textOf(items: readonly Item[], role: string): string {
  return items
    .filter((item) => item["role"] === role)
    .map(toText)
    .join("\n");
}

function toText(item: Item): string {
  return isMessage(item) ? messageText(item) : "";
}
