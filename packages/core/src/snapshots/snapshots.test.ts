import { describe, expect, it } from "vitest";
import { defineAgent } from "../agent/define-agent.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { checkSession, editLog, faultyLog, testKit, toPlain } from "../kit/session-harness.test.support.ts";
import { systemClock } from "../runtime/clock.ts";
import { initialState } from "../session/session-state.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import { foldVersion } from "./fold-version.ts";
import { createInMemorySnapshotStore } from "./in-memory-snapshot-store.ts";
import { checksumOf, toSnapshot } from "./session-snapshot.ts";
import { createSnapshotCache } from "./snapshot-cache.ts";
import type { Snapshot, SnapshotStore } from "./snapshot-store.ts";

const agents = [defineAgent({ name: "assistant", model: "scripted" })];

function kitOn(log: EventLog, snapshots?: SnapshotStore, seed = "a"): AgentKit {
  const model = scriptedModel((_request, index) => ({ text: `Answer ${index}` }));
  return testKit({ log, agents, model, clock: systemClock, ...(snapshots && { snapshots }) }, seed);
}

/** A log of a session with more events than a snapshot waits for, and the snapshot that was taken of it. */
async function longSession(turns = 90) {
  const log = createInMemoryEventLog();
  const snapshots = createInMemorySnapshotStore();
  const kit = kitOn(log, snapshots);
  for (let turn = 0; turn < turns; turn += 1) await kit.run({ session: "s", input: `Question ${turn}` });
  const snapshot = await expect
    .poll(async () => snapshots.read("s"))
    .toBeDefined()
    .then(async () => snapshots.read("s"));
  if (snapshot === undefined) throw new Error("no snapshot was written");
  return { log, snapshots, snapshot };
}

/** One for all tests that read it: they add to it, and the snapshot stays behind. */
let seeds = 0;
let shared: ReturnType<typeof longSession> | undefined;

/** Counts the events of a session that are read through it. */
function counting(log: EventLog): { readonly log: EventLog; count: number } {
  const counted = { log, count: 0 };
  const watched: EventLog = {
    ...faultyLog(
      log,
      () => "none",
      () => new Error("never"),
    ),
    async *readStream(stream, options) {
      for await (const event of log.readStream(stream, options)) {
        counted.count += stream === "session-s" ? 1 : 0;
        yield event;
      }
    },
  };
  return Object.assign(counted, { log: watched });
}

const withChecksum = (snapshot: Snapshot, changes: Partial<Snapshot>): Snapshot => {
  const state = { ...initialState(changes.session ?? "s"), revision: changes.revision ?? snapshot.revision };
  return { ...toSnapshot(state, changes.eventId ?? snapshot.eventId), ...changes };
};

/** As another version of the code would have written it: nothing but the version tells. */
const ofVersion = (snapshot: Snapshot, codeVersion: number): Snapshot => {
  const written = { ...snapshot, codeVersion };
  return { ...written, checksum: checksumOf(written) };
};

const unusable: readonly (readonly [string, (good: Snapshot) => Snapshot])[] = [
  ["garbage", (good) => ({ ...good, state: "}{" })],
  ["cut short", (good) => ({ ...good, state: good.state.slice(0, -1) })],
  ["changed by one letter", (good) => ({ ...good, state: good.state.replace("Answer", "Answet") })],
  ["of an older version of the code", (good) => ofVersion(good, foldVersion - 1)],
  ["of a newer version of the code", (good) => ofVersion(good, foldVersion + 1)],
  ["said to be of another revision", (good) => ({ ...good, revision: good.revision - 1 })],
  ["of the future", (good) => withChecksum(good, { revision: 1_000_000 })],
  ["of another history under the same name", (good) => withChecksum(good, { eventId: "another" })],
  ["another session's", (good) => ({ ...withChecksum(good, { session: "other" }), session: "other" })],
  ["of no revision", (good) => ({ ...good, revision: Number.NaN })],
  ["without a state", (good) => ({ ...good, state: "null" })],
];

describe("snapshots", () => {
  it("open a long session by what came after the snapshot, to the same state", async () => {
    const { log, snapshots, snapshot } = await longSession();
    const watched = counting(log);
    const state = await kitOn(watched.log, snapshots, "b").load("s");
    expect(watched.count).toBeLessThan(state.revision - snapshot.revision + 3);
    expect(snapshot.revision).toBeGreaterThan(400);
    expect(toPlain(state)).toEqual(toPlain(await kitOn(log).load("s")));
  });

  it("let a session go on, be replayed and be forked before and after the snapshot", async () => {
    const { log, snapshots, snapshot } = await longSession();
    const kit = kitOn(log, snapshots, "b");
    await expect(kit.run({ session: "s", input: "More" })).resolves.toMatchObject({ outcome: "completed" });
    await checkSession(kit, { log, agents }, "s");
    for (const [index, at] of [10, snapshot.revision, snapshot.revision + 3].entries()) {
      const session = `fork-${index}`;
      await kitOn(log, snapshots, session).fork("s", { at, session });
      const states = [snapshots, undefined].map(async (store) => kitOn(log, store).load(session));
      const [restored, folded] = await Promise.all(states);
      expect(restored && toPlain(restored)).toEqual(folded && toPlain(folded));
    }
  });

  it.each(unusable)("cost only time when one is %s", async (_title, change) => {
    shared ??= longSession();
    const { log, snapshots, snapshot } = await shared;
    const bad = change(snapshot);
    const lying: SnapshotStore = {
      capabilities: snapshots.capabilities,
      read: async () => bad,
      write: async (written) => snapshots.write(written),
      delete: async (session) => snapshots.delete(session),
      close: async () => undefined,
    };
    const watched = counting(log);
    seeds += 1;
    const kit = kitOn(watched.log, lying, `case${seeds}-`);
    const state = await kit.load("s");
    expect(watched.count).toBeGreaterThan(state.revision);
    expect(toPlain(state)).toEqual(toPlain(await kitOn(log).load("s")));
    await kit.run({ session: "s", input: "More" });
    await checkSession(kit, { log, agents }, "s");
  });

  it("cost only time when their store fails", async () => {
    const { log, snapshots } = await longSession();
    await snapshots.close();
    const kit = kitOn(log, snapshots, "b");
    await expect(kit.run({ session: "s", input: "More" })).resolves.toMatchObject({ outcome: "completed" });
    await checkSession(kit, { log, agents }, "s");
  });

  it("are passed over when the log was exchanged for another one", async () => {
    const { log, snapshots } = await longSession();
    const other = createInMemoryEventLog();
    let ids = 0;
    await editLog(log, other, (event) => {
      ids += 1;
      return { ...event, id: `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}` };
    });
    const watched = counting(other);
    const state = await kitOn(watched.log, snapshots, "b").load("s");
    expect(watched.count).toBeGreaterThan(state.revision);
  });

  it("are written so seldom that all of them together cost what the session costs", async () => {
    const offered: number[] = [];
    const store = createInMemorySnapshotStore();
    const log: EventLog = {
      ...createInMemoryEventLog(),
      // A log in which every session has every event.
      async *readStream(stream, options = {}) {
        offered.push(options.from ?? -1);
        yield* createInMemoryEventLog().readStream(stream);
      },
    };
    const cache = createSnapshotCache({ log, snapshots: store, clock: systemClock });
    for (let revision = 0; revision < 20_000; revision += 10) {
      cache.offer({ ...initialState("s"), revision });
      await new Promise((resolve) => {
        setTimeout(resolve, 0);
      });
    }
    expect(offered.length).toBeGreaterThan(10);
    expect(offered.length).toBeLessThan(25);
    expect(offered.reduce((sum, events) => sum + events, 0)).toBeLessThan(6 * 20_000);
  });
});
