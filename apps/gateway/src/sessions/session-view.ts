import { isMessage, messageText } from "@agentkit/core";
import type { AgentEvent, Item, RunResult, RunStatus, SessionState, Turn, TurnEnding, Usage } from "@agentkit/core";
import type { GatewayContext } from "../gateway-context.ts";
import { toConversationId, toResponseId } from "../responses/response-id.ts";
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
  /** The tool calls that wait for a person. */
  readonly waiting: RunResult["waiting"];
  /** The function calls that the caller has to answer next. */
  readonly pendingClientCalls: readonly string[];
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
export async function readSessionView(context: GatewayContext, session: string): Promise<SessionView> {
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
    turns: turns.map((turn) => toTurnView(segments, state, turn)),
    waiting: await readWaiting(context, state),
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

async function readWaiting({ kit }: GatewayContext, { session, active }: SessionState): Promise<RunResult["waiting"]> {
  return active === undefined ? [] : (await kit.result(session, active.turn.run)).waiting;
}

function toTurnView(segments: readonly Segment[], state: SessionState, turn: Turn): TurnView {
  const { run, agent, status, usage } = turn;
  const { session, base } = segmentOfTurn(segments, turn);
  const items = [...turn.items];
  return {
    run,
    response: toResponseId({ session, run }),
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

function textOf(items: readonly Item[], role: string): string {
  return items
    .filter((item) => item["role"] === role)
    .map(toText)
    .join("\n");
}

function toText(item: Item): string {
  return isMessage(item) ? messageText(item) : "";
}
