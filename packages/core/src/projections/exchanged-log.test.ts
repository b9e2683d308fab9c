import { describe, expect, it } from "vitest";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { testEventId } from "../testing/event-log-contract-case.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import type { ProjectionStore } from "./projection-store.ts";
import { createProjector, type Projector } from "./projector.ts";
import { createSessionList, sessionList } from "./session-list.ts";

/** A log of so many sessions, of one event each; logs with another seed have other events at the same positions. */
async function logOf(sessions: number, seed: number = 0): Promise<EventLog> {
  const log = createInMemoryEventLog();
  for (let n = 0; n < sessions; n += 1) await appendSession(log, seed + n);
  return log;
}

async function appendSession(log: EventLog, n: number): Promise<string> {
  const event = { type: "SessionStarted", version: 1, time: "2026-01-01T00:00:00.000Z", data: {}, meta: {} };
  return (await log.append(`session-${n}`, [{ id: testEventId(n), ...event }], { expected: "no_stream" })).position;
}

async function namesOf(store: ProjectionStore): Promise<readonly string[]> {
  const rows = await store.list(sessionList.name, { prefix: "session/" });
  return rows.map(({ key }) => key.slice("session/".length));
}

interface Report {
  readonly notices?: string[];
  readonly clock?: Clock;
}

function projectorOf(log: EventLog, store: ProjectionStore, { notices, clock = systemClock }: Report = {}): Projector {
  const onNotice = (message: string): void => void notices?.push(message);
  return createProjector({ log, store, clock, projections: [sessionList], onNotice });
}

describe("a log that was exchanged under a projection", () => {
  it.each([
    { title: "an older copy of the log", sessions: 2, seed: 0, expected: ["0", "1"] },
    { title: "another log of the same length", sessions: 3, seed: 100, expected: ["100", "101", "102"] },
    { title: "another log that is longer", sessions: 4, seed: 100, expected: ["100", "101", "102", "103"] },
    { title: "an empty log", sessions: 0, seed: 0, expected: [] },
  ])("is noticed on open, and the projection is built anew: $title", async ({ sessions, seed, expected }) => {
    const store = createInMemoryProjectionStore();
    await projectorOf(await logOf(3), store).catchUp();
    const notices: string[] = [];
    const projector = projectorOf(await logOf(sessions, seed), store, { notices });
    expect(await projector.status()).toMatchObject([{ behind: sessions }]);
    await projector.catchUp();
    expect(await namesOf(store)).toEqual(expected);
    expect(await store.tables()).toMatchObject([{ active: true, events: sessions }]);
    expect(notices).toEqual([expect.stringMatching(/'session-list' stands at position 3.*built anew/)]);
    await projector.catchUp();
    expect(notices).toHaveLength(1);
  });

  it("leaves no session in the list that the log does not have, and says why it took longer", async () => {
    const store = createInMemoryProjectionStore();
    await createSessionList(await logOf(3), store).read();
    const notices: string[] = [];
    const list = createSessionList(await logOf(1), store, (message) => notices.push(message));
    expect(await list.read()).toMatchObject([{ session: "0" }]);
    expect(notices).toHaveLength(1);
  });

  it("costs the old rows only when the new ones are complete", async () => {
    const store = createInMemoryProjectionStore();
    await projectorOf(await logOf(3), store).catchUp();
    const log = await logOf(2, 100);
    const seen: (readonly string[])[] = [];
    const watched = passOn(() => {
      void namesOf(store).then((names) => seen.push(names));
      return log;
    });
    await projectorOf(watched, store).catchUp();
    expect(new Set(seen.map((names) => names.join()))).toEqual(new Set(["0,1,2"]));
  });

  it("has the rows built anew that were written before checkpoints named their event", async () => {
    const log = await logOf(3);
    const store = createInMemoryProjectionStore();
    const { table } = await store.create(sessionList.name, sessionList.version);
    await store.activate(table, undefined);
    const rows = new Map([["session/ghost", { place: "place/1" }]]);
    const checkpoint = { position: "3", event: undefined };
    await store.commit(table, { expected: 0, checkpoint, events: 1, rows, park: [], unpark: [], skip: [], unskip: [] });
    const notices: string[] = [];
    await projectorOf(log, store, { notices }).catchUp();
    expect(await namesOf(store)).toEqual(["0", "1", "2"]);
    expect(notices).toEqual([expect.stringContaining("earlier version")]);
  });

  it("is noticed by a projection that follows it, which the log tells nothing", async () => {
    const logs = [await logOf(3), await logOf(1, 100)] as const;
    let log: EventLog = logs[0];
    const store = createInMemoryProjectionStore();
    const notices: string[] = [];
    const impatient: Clock = {
      now: () => systemClock.now(),
      sleep: async (_ms, signal) => systemClock.sleep(5, signal),
    };
    const projector = projectorOf(
      passOn(() => log),
      store,
      { notices, clock: impatient },
    );
    const stop = new AbortController();
    const running = projector.run(stop.signal);
    await projector.waitFor("3");
    log = logs[1];
    await projector.waitFor("1");
    expect(await namesOf(store)).toEqual(["100"]);
    await projector.waitFor(await appendSession(logs[1], 101));
    expect(await namesOf(store)).toEqual(["100", "101"]);
    stop.abort();
    await running;
    expect(notices).toHaveLength(1);
  });

  it("does not let anybody take a position of the old log for one that was reached", async () => {
    const store = createInMemoryProjectionStore();
    await projectorOf(await logOf(3), store).catchUp();
    const projector = projectorOf(await logOf(2, 100), store);
    await expect(projector.waitFor("2", { timeoutMs: 0 })).rejects.toMatchObject({ code: "projection_behind" });
    await projector.catchUp();
    await projector.waitFor("2", { timeoutMs: 0 });
  });
});

describe("a log of which the last stream was deleted", () => {
  it("is the same log, and its projections go on", async () => {
    const log = await logOf(3);
    const store = createInMemoryProjectionStore();
    const notices: string[] = [];
    const projector = projectorOf(log, store, { notices });
    await projector.catchUp();
    await log.deleteStream("session-2", { expected: 0 });
    await appendSession(log, 3);
    await projector.catchUp();
    expect(notices).toEqual([]);
    expect(await store.tables()).toMatchObject([{ events: 4, active: true }]);
  });

  it("has nothing parked any more for a retry to apply", async () => {
    const log = await logOf(3);
    const store = createInMemoryProjectionStore();
    const failing = { ...sessionList, apply: () => expect.fail("This version cannot apply it.") };
    const projector = createProjector({ log, store, projections: [failing] });
    await projector.catchUp();
    await log.deleteStream("session-1", { expected: 0 });
    expect(await projector.retry(sessionList.name)).toEqual({ applied: 0, parked: 2 });
    const parked = await projector.parked(sessionList.name);
    expect(parked.map(({ stream }) => stream)).toEqual(["session-0", "session-2"]);
  });
});

describe("a checkpoint", () => {
  it("names the last event of the log, also where that one is not the projection's", async () => {
    const log = await logOf(1);
    const store = createInMemoryProjectionStore();
    const projector = projectorOf(log, store);
    const stop = new AbortController();
    const running = projector.run(stop.signal);
    const ended = { type: "SessionEnded", version: 1, time: "2026-01-01T00:00:00.000Z", data: {}, meta: {} };
    const { position } = await log.append("session-0", [{ id: testEventId(50), ...ended }], { expected: 0 });
    await projector.waitFor(position);
    stop.abort();
    await running;
    const event = { id: testEventId(50), stream: "session-0", revision: 1 };
    expect(await store.tables()).toMatchObject([{ checkpoint: { position, event }, events: 1 }]);
  });
});

/** A log whose calls go to whichever log is in its place at the time. */
function passOn(current: () => EventLog): EventLog {
  return new Proxy(current(), {
    get(_target, name) {
      const log = current();
      const member: unknown = Reflect.get(log, name);
      return typeof member === "function"
        ? (...given: readonly unknown[]): unknown => Reflect.apply(member, log, given)
        : member;
    },
  });
}
