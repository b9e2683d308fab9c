import { AgentKitError } from "@agentkit/core";
import type { AgentEvent, Item, RunStreamPart } from "@agentkit/core";
import type { GatewayContext, GatewayRequest } from "../gateway-context.ts";
import { eventStreamHeaders, toEventStream } from "../http/event-stream.ts";
import { readLiveEvents } from "../sessions/live-events.ts";
import { goOn } from "../sessions/session-commands.ts";
import { readRun } from "./read-run.ts";
import type { FoundRun } from "./read-run.ts";
import { createResponseEvents } from "./response-events.ts";
import { toFrames, withBelow } from "./response-frames.ts";
import { toResponseId } from "./response-id.ts";

/** A run that waits, and who asked for it to go on. */
export interface WaitingExchange {
  readonly context: GatewayContext;
  readonly request: GatewayRequest;
  readonly found: FoundRun;
}

/**
 * Has a run go on, and answers with the events of its next response as they are recorded. What a person decided goes on when its
 * client has left, so the run is followed in the log; text comes item by item.
 *
 * @throws what `take` throws before anything was recorded.
 */
export async function streamOn(exchange: WaitingExchange, take: () => Promise<unknown>): Promise<Response> {
  const { context, request, found } = exchange;
  const { session } = found.state;
  const before = await readRun(context, found);
  if (before === undefined) throw new AgentKitError("internal", "The log does not have the run that asked.");
  const stop = new AbortController();
  const { revision: after } = await context.kit.load(session);
  const live = readLiveEvents(context.log, { session, after, signal: stop.signal });
  const failing = failureOf(goOn(context, session, take));
  const first = await firstOf(live, failing, stop);
  const below = new Map<string, readonly Item[]>();
  const events = createResponseEvents({
    ...before,
    part: before.part + 1,
    earlier: [...before.earlier, ...before.events],
    previousResponseId: toResponseId(before),
    below,
  });
  const parts = withBelow(context, follow({ run: found.turn.run, first, live, failing, stop }), below);
  const view = context.view.ofRun(found.state, before.request.tools);
  const body = toEventStream({
    frames: toFrames(context, view.parts(parts), events),
    heartbeatMs: context.heartbeatMs,
    writeStallMs: context.writeStallMs,
    onAbandoned: (reason) => {
      stop.abort();
      if (reason === "stalled") request.env?.outgoing?.destroy();
    },
  });
  for (const [name, value] of Object.entries(eventStreamHeaders)) request.header(name, value);
  return request.body(body);
}

/** Rejects as the work does; how it ends otherwise is in the log. */
async function failureOf(work: Promise<unknown>): Promise<never> {
  await work;
  return new Promise<never>(() => undefined);
}

type Live = ReturnType<typeof readLiveEvents>;

async function firstOf(live: Live, failing: Promise<never>, stop: AbortController) {
  try {
    return await Promise.race([live.next(), failing]);
  } catch (error) {
    stop.abort();
    throw error;
  }
}

interface Following {
  readonly run: string;
  readonly first: IteratorResult<AgentEvent, void>;
  readonly live: Live;
  readonly failing: Promise<never>;
  readonly stop: AbortController;
}

async function* follow({ run, first, live, failing, stop }: Following): AsyncGenerator<RunStreamPart, void> {
  try {
    for (let next = first; next.done !== true; next = await Promise.race([live.next(), failing])) {
      if (next.value.meta.run === run) yield { type: "event", event: next.value };
    }
  } finally {
    stop.abort();
  }
}
