import { describe, expect, it } from "vitest";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { NewEvent } from "../events/envelope.ts";
import { testEventId } from "../testing/event-log-contract-case.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import type { Projection } from "./projection.ts";
import type { ProjectionStore } from "./projection-store.ts";
import { createProjector, type Projector, type ProjectorOptions } from "./projector.ts";

/** Counts the runs that ended, by stream; a reason of `poison` cannot be applied while `poison.active`. */
function endings(poison = { active: false }, version = 1): Projection {
  return {
    name: "endings",
    version,
    filter: { types: ["SessionEnded"] },
    apply(event, table) {
      if (event.type !== "SessionEnded") return;
      const { reason } = event.data;
      const row = table.get(event.stream) ?? { reasons: [] };
      table.put(event.stream, { reasons: [...toList(row["reasons"]), `${version}:${reason}`] });
      if (poison.active && reason.includes("poison")) throw new Error(`Cannot apply '${reason}'.`);
    },
  };
}

function toList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

let ids = 0;

async function append(log: EventLog, stream: string, ...reasons: readonly string[]): Promise<string> {
  let position = "";
  for (const reason of reasons) {
    ids += 1;
    const event: NewEvent = {
      id: testEventId(ids),
      type: "SessionEnded",
      version: 1,
      time: new Date(Date.UTC(2026, 0, 1) + ids * 1_000).toISOString(),
      data: { reason },
      meta: {},
    };
    const head = await log.head(stream);
    ({ position } = await log.append(stream, [event], { expected: head ?? "no_stream" }));
  }
  return position;
}

async function reasonsOf(store: ProjectionStore, stream: string): Promise<readonly string[]> {
  return toList((await store.get("endings", stream))?.["reasons"]);
}

function setUp(changes: Partial<ProjectorOptions> = {}): {
  readonly log: EventLog;
  readonly store: ProjectionStore;
  readonly projector: Projector;
} {
  const log = changes.log ?? createInMemoryEventLog();
  const store = changes.store ?? createInMemoryProjectionStore();
  return { log, store, projector: createProjector({ projections: [endings()], ...changes, log, store }) };
}

/** The same store with another way to commit. */
function withCommit(store: ProjectionStore, commit: ProjectionStore["commit"]): ProjectionStore {
  return {
    capabilities: store.capabilities,
    tables: async () => store.tables(),
    create: async (name, version, options) => store.create(name, version, options),
    activate: async (table, replaces) => store.activate(table, replaces),
    drop: async (table) => store.drop(table),
    read: async (table, keys) => store.read(table, keys),
    parked: async (table) => store.parked(table),
    skipped: async (name, version) => store.skipped(name, version),
    get: async (name, key) => store.get(name, key),
    list: async (name, options) => store.list(name, options),
    close: async () => store.close(),
    commit,
  };
}

describe("catchUp", () => {
  it("applies every event once, however often it is called and whoever calls it", async () => {
    const { log, store, projector } = setUp();
    await append(log, "a", "1", "2");
    await projector.catchUp();
    await append(log, "a", "3");
    await append(log, "b", "4");
    await setUp({ log, store }).projector.catchUp();
    await Promise.all([projector.catchUp(), setUp({ log, store }).projector.catchUp()]);
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:2", "1:3"]);
    expect(await reasonsOf(store, "b")).toEqual(["1:4"]);
    expect(await projector.status()).toMatchObject([{ name: "endings", behind: 0, events: 4, parked: 0 }]);
  });

  it("goes on behind the log's end when nothing passes the filter", async () => {
    const { log, store, projector } = setUp({ projections: [{ ...endings(), filter: { streamPrefix: "x-" } }] });
    const position = await append(log, "a", "1", "2");
    await projector.catchUp();
    expect((await store.tables())[0]).toMatchObject({ checkpoint: { position }, events: 0 });
    await projector.waitFor(position, { timeoutMs: 0 });
  });

  it("lets any number of projectors race without applying an event twice", async () => {
    const { log, store } = setUp();
    for (let round = 0; round < 20; round += 1) {
      await append(log, "a", String(round));
      await Promise.all([1, 2, 3].map(async () => setUp({ log, store }).projector.catchUp()));
    }
    expect(await reasonsOf(store, "a")).toEqual(Array.from({ length: 20 }, (_, round) => `1:${round}`));
  });

  it("leaves nothing of a commit behind that another process has overtaken", async () => {
    const store = createInMemoryProjectionStore();
    const { log } = setUp();
    await append(log, "a", "1", "2");
    let overtaken = false;
    const slow = withCommit(store, async (table, commit) => {
      if (!overtaken) {
        overtaken = true;
        await setUp({ log, store }).projector.catchUp();
      }
      await store.commit(table, commit);
    });
    await setUp({ log, store: slow }).projector.catchUp();
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:2"]);
  });
});

describe("a crash", () => {
  it.each(["before", "after"])("%s any commit leaves rows and checkpoint together, and costs nothing", async (when) => {
    const log = createInMemoryEventLog();
    for (let n = 0; n < 2_500; n += 1) await append(log, `s${n % 7}`, String(n));
    const whole = setUp({ log });
    await whole.projector.catchUp();
    const store = createInMemoryProjectionStore();
    let commits = 0;
    let crashes = 0;
    for (let done = false; !done;) {
      // Every second commit fails, so that each process gets one further than the one before.
      const dying = withCommit(store, async (table, commit) => {
        commits += 1;
        const dies = commits % 2 === 0;
        if (dies && when === "before") throw new Error("killed");
        await store.commit(table, commit);
        if (dies) throw new Error("killed");
      });
      done = await setUp({ log, store: dying })
        .projector.catchUp()
        .then(
          () => true,
          () => false,
        );
      crashes += done ? 0 : 1;
    }
    expect(crashes).toBeGreaterThan(0);
    expect(await store.list("endings")).toEqual(await whole.store.list("endings"));
    expect((await store.tables())[0]).toMatchObject({ events: 2_500 });
  });
});

describe("a poison event", () => {
  it("is parked with the later events of its stream, while other streams go on", async () => {
    const poison = { active: true };
    const { log, store, projector } = setUp({ projections: [endings(poison)] });
    await append(log, "a", "1", "poison 2", "3");
    await append(log, "b", "4");
    await projector.catchUp();
    await append(log, "a", "5");
    await projector.catchUp();
    expect(await reasonsOf(store, "a")).toEqual(["1:1"]);
    expect(await reasonsOf(store, "b")).toEqual(["1:4"]);
    const parked = await projector.parked("endings");
    expect(parked.map(({ stream, revision }) => `${stream}@${revision}`)).toEqual(["a@1", "a@2", "a@3"]);
    expect(parked[0]?.reason).toBe("Cannot apply 'poison 2'.");
    expect(parked[1]?.reason).toContain("after a parked event");
  });

  it("is applied in the order of its stream by a retry, once it can be", async () => {
    const poison = { active: true };
    const { log, store, projector } = setUp({ projections: [endings(poison)] });
    await append(log, "a", "poison 1", "2", "poison 3", "4");
    await append(log, "b", "poison 5");
    await projector.catchUp();
    expect(await projector.retry("endings")).toEqual({ applied: 0, parked: 5 });
    poison.active = false;
    expect(await projector.retry("endings")).toEqual({ applied: 5, parked: 0 });
    expect(await reasonsOf(store, "a")).toEqual(["1:poison 1", "1:2", "1:poison 3", "1:4"]);
    expect(await projector.status()).toMatchObject([{ parked: 0, events: 5, behind: 0 }]);
  });

  it("is given up by a skip, after which those behind it can be retried", async () => {
    const { log, store, projector } = setUp({ projections: [endings({ active: true })] });
    await append(log, "a", "1", "poison 2", "3");
    await projector.catchUp();
    const [first] = await projector.parked("endings");
    await projector.skip("endings", first?.id ?? "");
    await expect(projector.skip("endings", first?.id ?? "")).rejects.toMatchObject({ code: "input_invalid" });
    expect(await projector.retry("endings")).toEqual({ applied: 1, parked: 0 });
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:3"]);
  });

  it("is taken back by a retry of its id, in the order of its stream, once it can be applied", async () => {
    const poison = { active: true };
    const { log, store, projector } = setUp({ projections: [endings(poison)] });
    await append(log, "a", "1", "poison 2", "3");
    await projector.catchUp();
    const [first] = await projector.parked("endings");
    const id = first?.id ?? "";
    await projector.skip("endings", id);
    await projector.retry("endings");
    await expect(projector.retry("endings", id)).rejects.toMatchObject({ code: "projection_failed" });
    expect(await projector.status()).toMatchObject([{ skipped: 1, events: 2 }]);
    expect(await projector.skipped("endings")).toEqual([first]);
    poison.active = false;
    expect(await projector.retry("endings", id)).toEqual({ applied: 1, parked: 0 });
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:poison 2", "1:3"]);
    expect(await projector.status()).toMatchObject([{ skipped: 0, events: 3, parked: 0 }]);
    await expect(projector.retry("endings", id)).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("stops the projector where that is the policy, with nothing of the event applied", async () => {
    const projections = [endings({ active: true })];
    const { log, store, projector } = setUp({ projections, onPoison: "stop" });
    await append(log, "a", "1", "poison 2", "3");
    await expect(projector.catchUp()).rejects.toMatchObject({ code: "projection_failed" });
    await expect(projector.run(new AbortController().signal)).rejects.toMatchObject({ code: "projection_failed" });
    expect((await reasonsOf(store, "a")).join()).not.toContain("poison");
  });

  it("is one whose data is not what its type has: it was damaged in the log", async () => {
    const { log, store, projector } = setUp();
    await append(log, "a", "1");
    const damaged = { id: testEventId(9_998), type: "SessionEnded", version: 1, data: { nonsense: 1 }, meta: {} };
    await log.append("a", [{ ...damaged, time: "2026-01-01T00:00:00.000Z" }], { expected: 0 });
    await projector.catchUp();
    const [parked] = await projector.parked("endings");
    expect(parked).toMatchObject({ stream: "a", revision: 1 });
    expect(parked?.reason).toMatch(/^Event a@1 is no valid SessionEnded: .* at 'reason'/);
    expect(await reasonsOf(store, "a")).toEqual(["1:1"]);
    const rebuilt = projector.rebuild("endings");
    await expect(rebuilt).rejects.toThrow("give it up with a skip");
    await expect(rebuilt).rejects.not.toThrow("Correct the projection");
  });

  it("is one whose row JSON cannot carry, or whose type this version does not know", async () => {
    const odd: Projection = {
      name: "odd",
      version: 1,
      apply: (event, table) => table.put(event.stream, { number: Number.NaN }),
    };
    const { log, projector } = setUp({ projections: [odd] });
    await append(log, "a", "1");
    const unknown = { id: testEventId(9_999), type: "NoSuchThing", version: 1, data: {}, meta: {} };
    await log.append("b", [{ ...unknown, time: "2026-01-01T00:00:00.000Z" }], { expected: "no_stream" });
    await projector.catchUp();
    expect((await projector.parked("odd")).map(({ reason }) => reason)).toEqual([
      expect.stringContaining("NaN"),
      expect.stringContaining("NoSuchThing"),
    ]);
  });
});

describe("run", () => {
  it("keeps up with the log until its signal fires, and wakes those who wait for a position", async () => {
    const { log, store, projector } = setUp();
    const stop = new AbortController();
    const running = projector.run(stop.signal);
    for (let round = 0; round < 3; round += 1) {
      await projector.waitFor(await append(log, "a", String(round)), { name: "endings" });
      expect(await reasonsOf(store, "a")).toHaveLength(round + 1);
    }
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });

  it("shares a store with another one that runs beside it", async () => {
    const { log, store, projector } = setUp();
    const stop = new AbortController();
    const running = [projector, setUp({ log, store }).projector].map(async (each) => each.run(stop.signal));
    let last = "";
    for (let round = 0; round < 20; round += 1) last = await append(log, "a", String(round));
    await projector.waitFor(last);
    stop.abort();
    await Promise.all(running);
    expect(await reasonsOf(store, "a")).toEqual(Array.from({ length: 20 }, (_, round) => `1:${round}`));
  });

  it("tells those who wait in vain which projection is behind", async () => {
    const { log, projector } = setUp();
    const position = await append(log, "a", "1");
    await expect(projector.waitFor(position, { timeoutMs: 1 })).rejects.toMatchObject({ code: "projection_behind" });
    const signal = AbortSignal.abort();
    await expect(projector.waitFor(position, { signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("a new version", () => {
  it("is built beside the old one, which is read until the new one has caught up", async () => {
    const { log, store, projector } = setUp();
    await append(log, "a", "1", "2");
    await projector.catchUp();
    await append(log, "a", "3");
    const seen: string[][] = [];
    const second: Projection = {
      ...endings(undefined, 2),
      apply(event, table) {
        endings(undefined, 2).apply(event, table);
        void reasonsOf(store, "a").then((reasons) => seen.push([...reasons]));
      },
    };
    await setUp({ log, store, projections: [second] }).projector.catchUp();
    expect(new Set(seen.map((reasons) => reasons.join()))).toEqual(new Set(["1:1,1:2"]));
    expect(await reasonsOf(store, "a")).toEqual(["2:1", "2:2", "2:3"]);
    expect(await store.tables()).toMatchObject([{ version: 2, active: true }]);
  });

  it("stops a process of the older version, which goes back only by a rebuild", async () => {
    const { log, store, projector } = setUp();
    await append(log, "a", "1");
    await setUp({ log, store, projections: [endings(undefined, 2)] }).projector.catchUp();
    await expect(projector.catchUp()).rejects.toMatchObject({ code: "projection_superseded" });
    await projector.rebuild("endings");
    await projector.catchUp();
    expect(await reasonsOf(store, "a")).toEqual(["1:1"]);
  });

  it("is taken up again where a process that built it has stopped", async () => {
    const { log, store, projector } = setUp();
    await append(log, "a", "1", "2");
    await projector.catchUp();
    const begun = await store.create("endings", 2);
    await setUp({ log, store, projections: [endings(undefined, 2)] }).projector.catchUp();
    expect(await store.tables()).toMatchObject([{ table: begun.table, active: true, events: 2 }]);
  });
});

describe("rebuild", () => {
  it("applies every event anew, with progress, while the old rows are read", async () => {
    const { log, store, projector } = setUp();
    for (let n = 0; n < 2_500; n += 1) await append(log, `s${n % 100}`, String(n));
    await projector.catchUp();
    const progress: (number | undefined)[] = [];
    const tables: number[] = [];
    const result = await projector.rebuild("endings", {
      onProgress({ percent, events }) {
        progress.push(percent);
        void projector.status().then(([status]) => tables.push(status?.building?.events ?? -events));
      },
    });
    expect(result).toMatchObject({ name: "endings", version: 1, events: 2_500 });
    expect(progress).toEqual([40, 80, 100]);
    expect(await reasonsOf(store, "s99")).toHaveLength(25);
    expect(await store.tables()).toHaveLength(1);
  });

  it("shows no share of what it cannot know: nothing is projected yet, or what is there is far behind", async () => {
    const { log, projector } = setUp();
    for (const last of [2_000, 4_000]) {
      for (let n = last - 2_000; n < last; n += 1) await append(log, `s${n % 100}`, String(n));
      const progress: (number | undefined)[] = [];
      await projector.rebuild("endings", { onProgress: ({ percent }) => progress.push(percent) });
      expect(progress.slice(0, -1)).toEqual(progress.slice(0, -1).map(() => undefined));
      expect(progress.at(-1)).toBe(100);
    }
  });

  it("fails loudly at a poison event and leaves the old rows as they were", async () => {
    const poison = { active: false };
    const { log, store, projector } = setUp({ projections: [endings(poison)] });
    await append(log, "a", "1", "poison 2");
    await projector.catchUp();
    poison.active = true;
    await expect(projector.rebuild("endings")).rejects.toThrow("version 1 cannot apply SessionEnded a@1");
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:poison 2"]);
    expect(await store.tables()).toHaveLength(1);
  });

  it("takes a running projector over to the new table", async () => {
    const { log, store, projector } = setUp();
    const stop = new AbortController();
    const running = projector.run(stop.signal);
    await projector.waitFor(await append(log, "a", "1"));
    await setUp({ log, store }).projector.rebuild("endings");
    await projector.waitFor(await append(log, "a", "2"));
    stop.abort();
    await running;
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:2"]);
  });

  it("needs no events, and no table before", async () => {
    const { store, projector } = setUp();
    expect(await projector.rebuild("endings")).toMatchObject({ events: 0, position: undefined });
    expect(await store.tables()).toMatchObject([{ active: true }]);
    await expect(projector.rebuild("nothing")).rejects.toMatchObject({ code: "projection_not_found" });
  });

  it("leaves out what was given up for its version, and says so; a new version tries it again", async () => {
    const { log, store, projector } = setUp({ projections: [endings({ active: true })] });
    await append(log, "a", "1", "poison 2", "3");
    await projector.catchUp();
    const [first] = await projector.parked("endings");
    await projector.skip("endings", first?.id ?? "");
    const result = await projector.rebuild("endings");
    expect(result).toMatchObject({ events: 2, skipped: [{ id: first?.id, reason: "Cannot apply 'poison 2'." }] });
    expect(await reasonsOf(store, "a")).toEqual(["1:1", "1:3"]);
    expect(await projector.status()).toMatchObject([{ parked: 0, skipped: 1, behind: 0 }]);
    const next = setUp({ log, store, projections: [endings({ active: true }, 2)] }).projector;
    await next.catchUp();
    expect(await next.parked("endings")).toMatchObject([{ stream: "a", revision: 1 }, { revision: 2 }]);
    expect(await next.status()).toMatchObject([{ skipped: 0, parked: 2 }]);
  });

  it("is refused while another one of the same projection runs, which goes on", async () => {
    const { log, store, projector } = setUp();
    for (let n = 0; n < 2_500; n += 1) await append(log, `s${n % 10}`, String(n));
    const second = setUp({ log, store }).projector;
    const refusals: unknown[] = [];
    await projector.rebuild("endings", {
      onProgress({ percent }) {
        if (percent !== 100) void second.rebuild("endings").catch((error: unknown) => refusals.push(error));
      },
    });
    expect(refusals[0]).toMatchObject({ code: "projection_rebuild_running" });
    expect(await store.tables()).toMatchObject([{ active: true, events: 2_500 }]);
    await projector.rebuild("endings");
  });

  it("is left alone by a process that follows the log with the same version for the first time", async () => {
    const { log, store, projector } = setUp();
    await append(log, "a", "1");
    await projector.catchUp();
    const begun = await store.create("endings", 2, { rebuild: true });
    await setUp({ log, store, projections: [endings(undefined, 2)] }).projector.catchUp();
    expect(await reasonsOf(store, "a")).toEqual(["2:1"]);
    expect((await store.tables()).find(({ table }) => table === begun.table)).toMatchObject({ events: 0 });
  });
});

describe("createProjector", () => {
  it.each([
    ["two of one name", [endings(), endings()]],
    ["a name that is none", [{ ...endings(), name: "A b" }]],
    ["a version that is none", [{ ...endings(), version: 0 }]],
  ])("refuses %s", (_title, projections) => {
    expect(() => setUp({ projections })).toThrow(expect.objectContaining({ code: "definition_invalid" }));
  });
});
