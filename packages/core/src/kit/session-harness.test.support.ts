import { deepStrictEqual, strictEqual } from "node:assert";
import type { Agent } from "../agent/define-agent.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { decodeEvent, parseEvent } from "../events/decode-event.ts";
import type { AgentEvent, EventType } from "../events/catalogue.ts";
import type { NewEvent, StoredEvent } from "../events/envelope.ts";
import type { Model } from "../model/model.ts";
import type { ReplayReport } from "../replay/replay-report.ts";
import type { AppendOnlyList } from "../session/append-only-list.ts";
import type { SessionState, Turn } from "../session/session-state.ts";
import { toSessionStream } from "../session/session-stream.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import type { FixedClock } from "../testing/fixed-clock.ts";
import { sequentialIds } from "../testing/sequential-ids.ts";
import { withAppend } from "../testing/with-append.ts";
import { createAgentKit } from "./create-agent-kit.ts";
import type { AgentKit, AgentKitOptions } from "./create-agent-kit.ts";

/** Makes a kit whose clock stands and whose ids count up from a seed: another seed is another process. */
export function testKit(options: AgentKitOptions, seed: string = "a"): AgentKit {
  return createAgentKit({ clock: fixedClock(), ids: sequentialIds(seed), ...options });
}

/** A model that must not be asked. */
export const unreachableModel: Model = {
  description: "a model that must not be asked",
  stream() {
    throw new Error("The model was asked.");
  },
};

/** The agent, with tools that must not run. */
export function withoutEffects(agent: Agent): Agent {
  return { ...agent, tools: agent.tools.map((tool) => ({ ...tool, execute: forbidden, reconcile: forbidden })) };
}

function forbidden(): never {
  throw new Error("A tool ran.");
}

/** The events of a session's own stream. */
export async function readEvents(log: EventLog, session: string): Promise<readonly AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const stored of log.readStream(toSessionStream(session))) events.push(decodeEvent(stored));
  return events;
}

/** The types of a session's own events, in order. */
export async function readTypes(log: EventLog, session: string): Promise<readonly EventType[]> {
  return (await readEvents(log, session)).map((event) => event.type);
}

/**
 * What holds for every session, however it came about: a process that has only the log and the code folds it to the state
 * that the kit has, and replays it identically without asking a model or running a tool. Returns the replay's report.
 */
export async function checkSession(
  kit: AgentKit,
  { log, agents }: Pick<AgentKitOptions, "log" | "agents">,
  session: string,
): Promise<ReplayReport> {
  for await (const stored of log.readStream(toSessionStream(session))) parseEvent(stored);
  const offline = testKit({ log, model: unreachableModel, agents: agents.map(withoutEffects) }, "f");
  deepStrictEqual(toPlain(await offline.load(session)), toPlain(await kit.load(session)));
  const report = await offline.replay(session);
  strictEqual(report.divergence, undefined, `The replay diverged: ${JSON.stringify(report.divergence, null, 2)}`);
  return report;
}

/** A state as plain data, to be compared. */
export function toPlain(state: SessionState): unknown {
  const { active } = state;
  return {
    ...state,
    turns: toPlainTurns(state.turns),
    active: active && { ...active, turn: toPlainTurn(active.turn), calls: [...active.calls.values()] },
    pendingClientCalls: [...state.pendingClientCalls],
  };
}

function toPlainTurns(turns: AppendOnlyList<Turn>): readonly unknown[] {
  return [...turns].map(toPlainTurn);
}

function toPlainTurn(turn: Turn): unknown {
  return { ...turn, items: [...turn.items] };
}

/** A clock that stands, and tells when somebody sleeps for a time, so that a test can let that time pass. */
export interface WatchedClock extends FixedClock {
  /** Resolves when somebody sleeps for exactly so long; then the test advances. */
  untilAsleep(milliseconds: number): Promise<void>;
  /** All sleeps that were begun, in order. */
  readonly sleeps: readonly number[];
}

/** Makes a watched clock. */
export function watchedClock(): WatchedClock {
  const clock = fixedClock();
  const sleeps: number[] = [];
  const waiting = new Map<number, () => void>();
  return {
    ...clock,
    sleeps,
    async sleep(milliseconds, signal) {
      const asleep = clock.sleep(milliseconds, signal);
      sleeps.push(milliseconds);
      waiting.get(milliseconds)?.();
      waiting.delete(milliseconds);
      await asleep;
    },
    async untilAsleep(milliseconds) {
      if (sleeps.includes(milliseconds)) return;
      await new Promise<void>((resolve) => {
        waiting.set(milliseconds, resolve);
      });
    },
  };
}

/** What happens to an append: it is carried out, refused before, or carried out with its acknowledgement lost. */
export type AppendFault = "none" | "before" | "after";

/** Puts faults before a log's session appends. The number of an append counts from 1; content streams are not counted. */
export function faultyLog(
  log: EventLog,
  fault: (number: number, events: readonly NewEvent[]) => AppendFault,
  toError: () => Error,
): EventLog {
  let count = 0;
  return withAppend(log, async (stream, events, options) => {
    if (!stream.startsWith("session-")) return log.append(stream, events, options);
    count += 1;
    const happens = fault(count, events);
    if (happens === "before") throw toError();
    const result = await log.append(stream, events, options);
    if (happens === "after") throw toError();
    return result;
  });
}

/** Copies a log event by event, each changed on the way or left out: a log that somebody has edited. */
export async function editLog(
  from: EventLog,
  to: EventLog,
  edit: (event: StoredEvent) => StoredEvent | undefined,
): Promise<void> {
  for await (const stored of from.readAll()) {
    const event = edit(stored);
    if (event === undefined) continue;
    const { stream, revision: _revision, position: _position, ...rest } = event;
    const head = await to.head(stream);
    await to.append(stream, [rest], { expected: head ?? "no_stream" });
  }
}
