import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { createInMemoryLeaseStore } from "../run/in-memory-lease-store.ts";
import type { LeaseStore } from "../run/lease-store.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { AgentKit } from "./create-agent-kit.ts";
import type { RecoveredRun } from "./recover.ts";
import {
  checkSession,
  faultyLog,
  readEvents,
  readTypes,
  testKit,
  watchedClock,
} from "./session-harness.test.support.ts";

/** A desk with a tool that a person has to be asked about, and a model that answers each session by its prompt. */
function newDesk() {
  const sent: string[] = [];
  const send = defineTool({
    name: "send",
    description: "Sends a letter.",
    input: z.object({}),
    run: (_input, { idempotencyKey }) => {
      sent.push(idempotencyKey);
      return "sent";
    },
  });
  const agent = defineAgent({ name: "desk", model: "scripted", tools: [send] });
  const model = scriptedModel((request) => {
    const asksToSend = JSON.stringify(request.input).includes("send");
    const isSent = request.input.some((item) => item.type === "function_call_output");
    return asksToSend && !isSent ? { calls: [{ name: "send", arguments: {} }] } : { text: "Done." };
  });
  return { log: createInMemoryEventLog(), agents: [agent], model, sent };
}

type Desk = ReturnType<typeof newDesk>;

/** Leaves a run as a worker does that dies at its n-th append. */
async function leaveOrphan(
  desk: Desk,
  session: string,
  { at, input }: { readonly at: number; readonly input: string },
) {
  const log = faultyLog(
    desk.log,
    (number) => (number < at ? "none" : "before"),
    () => new AgentKitError("log_closed", "The process is gone."),
  );
  const kit = testKit({ ...desk, log }, `0${session}`);
  await expect(kit.run({ session, input })).rejects.toMatchObject({ code: "log_closed" });
}

/** Takes the lease of a session as a worker does that lives and says nothing. */
async function holdAs(leases: LeaseStore, session: string): Promise<void> {
  expect(await leases.acquire(`session-${session}`, "another worker", 30_000)).toBe(true);
}

function brief(runs: readonly RecoveredRun[]): readonly string[] {
  return runs.map((run) => `${run.session} ${run.status}`);
}

describe("recover", () => {
  it("takes up what nobody drives, the oldest first, and reports what waits for a person", async () => {
    const desk = newDesk();
    await leaveOrphan(desk, "c", { at: 2, input: "Hello" });
    await leaveOrphan(desk, "a", { at: 3, input: "Please send it" });
    await testKit(desk, "1").run({ session: "b", input: "Hello" });
    const told: RecoveredRun[] = [];
    const kit = testKit(desk, "2");
    const recovered = await kit.recover({ onRun: (run) => told.push(run) });
    expect(brief(recovered)).toEqual(["c resumed", "a suspended"]);
    expect(told).toEqual(recovered);
    expect(recovered).toMatchObject([
      { result: { outcome: "completed", text: "Done." } },
      { result: { outcome: "suspended", waiting: [{ tool: "send", attempts: 1 }] } },
    ]);
    expect(desk.sent).toHaveLength(1);
    expect(brief(await kit.recover())).toEqual(["a suspended"]);
    expect(await kit.recover({ skipSuspended: true })).toEqual([]);
    const [callId = ""] = (await kit.recover())
      .flatMap((run) => ("result" in run ? run.result.waiting : []))
      .map((call) => call.callId);
    await kit.resume("a", { decisions: [{ callId, outcome: "succeeded", output: "sent" }] });
    expect(await kit.recover()).toEqual([]);
    expect(desk.sent).toHaveLength(1);
    for (const session of ["a", "b", "c"]) await checkSession(kit, desk, session);
  });

  it("drives as many runs at a time as it is told", async () => {
    const desk = newDesk();
    for (const session of ["a", "b", "c"]) await leaveOrphan(desk, session, { at: 2, input: "Hello" });
    let atOnce = 0;
    let most = 0;
    const model = scriptedModel(() => ({ text: "Done." }));
    const counting = {
      ...model,
      async *stream(...call: Parameters<typeof model.stream>) {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        yield* model.stream(...call);
        atOnce -= 1;
      },
    };
    const recovered = await testKit({ ...desk, model: counting }).recover({ concurrency: 2 });
    expect(recovered).toHaveLength(3);
    expect(most).toBe(2);
  });

  it("takes no further run up once it is told to stop", async () => {
    const desk = newDesk();
    for (const session of ["a", "b"]) await leaveOrphan(desk, session, { at: 2, input: "Hello" });
    const stop = new AbortController();
    const recovered = await testKit(desk).recover({ signal: stop.signal, onRun: () => stop.abort() });
    expect(brief(recovered)).toEqual(["a resumed"]);
  });

  it("leaves a run that it drives open when it is told to stop, for the next one", async () => {
    const desk = newDesk();
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    const stop = new AbortController();
    const stalled = scriptedModel(() => {
      stop.abort();
      return { stall: true };
    });
    const recovered = await testKit({ ...desk, model: stalled }, "1").recover({ signal: stop.signal });
    expect(recovered).toEqual([{ session: "a", status: "left_alone", reason: "stopped" }]);
    expect((await readTypes(desk.log, "a")).at(-1)).toBe("ModelCallStarted");
    const kit = testKit(desk, "2");
    expect(brief(await kit.recover())).toEqual(["a resumed"]);
    await checkSession(kit, desk, "a");
  });

  it("says what cannot be taken up, and goes on", async () => {
    const desk = newDesk();
    const other = { ...desk, agents: [defineAgent({ name: "other", model: "scripted" })] };
    await leaveOrphan(other, "a", { at: 2, input: "Hello" });
    await leaveOrphan(desk, "b", { at: 2, input: "Hello" });
    const recovered = await testKit(desk).recover();
    expect(recovered).toMatchObject([
      { session: "a", status: "failed", error: { code: "agent_not_found" } },
      { session: "b", status: "resumed" },
    ]);
  });

  it("leaves a run to a person that broke off three times at the same place", async () => {
    const desk = newDesk();
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    for (const seed of ["1", "2", "3"]) {
      const log = faultyLog(
        desk.log,
        (number) => (number < 2 ? "none" : "before"),
        () => new AgentKitError("log_closed", "The process is gone."),
      );
      const broken = await testKit({ ...desk, log }, seed).recover();
      expect(broken).toMatchObject([{ status: "failed", error: { code: "log_closed" } }]);
    }
    const kit = testKit(desk, "4");
    const head = await desk.log.head("session-a");
    expect(await kit.recover()).toMatchObject([{ status: "failed", error: { code: "run_interrupted" } }]);
    expect(await desk.log.head("session-a")).toBe(head);
    expect(brief(await kit.recover({ takeOver: true }))).toEqual(["a resumed"]);
    await checkSession(kit, desk, "a");
  });

  it("leaves runs alone that are too young to tell, also when the clock was set back", async () => {
    const desk = newDesk();
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    const clock = fixedClock();
    const kit = testKit({ ...desk, clock });
    const young = [{ session: "a", status: "left_alone", reason: "recent" }];
    expect(await kit.recover({ olderThanMs: 10_000 })).toEqual(young);
    clock.advance(-5_000);
    expect(await kit.recover({ olderThanMs: 10_000 })).toEqual(young);
    clock.advance(-3_600_000);
    expect(brief(await kit.recover({ olderThanMs: 10_000 }))).toEqual(["a resumed"]);
  });
});

describe("a lease", () => {
  it("keeps others off a run for as long as its worker lives", async () => {
    const desk = newDesk();
    const clock = watchedClock();
    const leases = createInMemoryLeaseStore({ clock });
    const stalled = testKit({ ...desk, clock, leases, model: scriptedModel([{ stall: true }]) }, "1");
    const stop = new AbortController();
    const running = stalled.run({ session: "a", input: "Hello", signal: stop.signal });
    const held = [{ session: "a", status: "left_alone", reason: "held" }];
    const other = testKit({ ...desk, clock, leases }, "2");
    for (let renewals = 1; renewals <= 6; renewals += 1) {
      await expect.poll(() => clock.sleeps.filter((time) => time === 10_000).length).toBe(renewals);
      expect(await other.recover()).toEqual(held);
      clock.advance(10_000);
    }
    stop.abort();
    expect(await running).toMatchObject({ outcome: "cancelled" });
    expect(await other.recover()).toEqual([]);
    expect(await leases.acquire("session-a", "anybody", 1)).toBe(true);
  });

  it("ends with the time that a run may take when its reader has gone without a word", async () => {
    const desk = newDesk();
    const clock = watchedClock();
    const leases = createInMemoryLeaseStore({ clock });
    const agents = desk.agents.map((agent) => ({ ...agent, limits: { ...agent.limits, durationMs: 20_000 } }));
    await testKit({ ...desk, agents, clock, leases }, "1").stream({ session: "a", input: "Hello" });
    for (let renewals = 1; renewals <= 2; renewals += 1) {
      await expect.poll(() => clock.sleeps.filter((time) => time === 10_000).length).toBe(renewals);
      clock.advance(10_000);
    }
    await expect.poll(() => clock.sleeps.filter((time) => time === 3_000).length).toBe(3);
    clock.advance(30_000);
    expect(clock.sleeps.filter((time) => time === 10_000)).toHaveLength(2);
    expect(brief(await testKit({ ...desk, clock, leases }, "2").recover())).toEqual(["a resumed"]);
  });

  it("of a worker that died keeps its run for 30 seconds and no longer", async () => {
    const desk = newDesk();
    const clock = fixedClock();
    const leases = createInMemoryLeaseStore({ clock });
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    await holdAs(leases, "a");
    const kit = testKit({ ...desk, clock, leases });
    expect(brief(await kit.recover())).toEqual(["a left_alone"]);
    clock.advance(30_000);
    expect(brief(await kit.recover())).toEqual(["a resumed"]);
    await checkSession(kit, desk, "a");
  });

  it("stops nobody who is told to take the run over", async () => {
    const desk = newDesk();
    const leases = createInMemoryLeaseStore({ clock: fixedClock() });
    for (const session of ["a", "b"]) {
      await leaveOrphan(desk, session, { at: 2, input: "Hello" });
      await holdAs(leases, session);
    }
    const kit = testKit({ ...desk, leases });
    expect(await kit.resume("a")).toMatchObject({ outcome: "completed" });
    expect(brief(await kit.recover({ takeOver: true, olderThanMs: 60_000 }))).toEqual(["b resumed"]);
    expect(await kit.run({ session: "a", input: "Hello again" })).toMatchObject({ outcome: "completed" });
  });
});

/** Lets both kits recover at once, with a store that is wrong about everything, and checks that the log made it right. */
async function recoverAtOnce(desk: Desk, leases: LeaseStore): Promise<readonly AgentKit[]> {
  const kits = ["1", "2", "3"].map((seed) => testKit({ ...desk, leases, clock: watchedClock() }, seed));
  const recovered = await Promise.all(kits.map(async (kit) => kit.recover()));
  const statuses = recovered.flat().map(({ status }) => status);
  expect(statuses.filter((status) => status === "resumed" || status === "suspended").length).toBeGreaterThan(0);
  expect(statuses).not.toContain("failed");
  return kits;
}

async function countTypes(log: EventLog, session: string, type: string): Promise<number> {
  return (await readTypes(log, session)).filter((candidate) => candidate === type).length;
}

describe("the age of a run", () => {
  it("is of no interest where the lease store knew its worker, and counts where it did not", async () => {
    const desk = newDesk();
    const leases = createInMemoryLeaseStore({ clock: fixedClock() });
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    await leaveOrphan(desk, "b", { at: 2, input: "Hello" });
    const [newest] = (await readEvents(desk.log, "a")).toReversed();
    // As a worker does that is killed: it releases nothing.
    await leases.acquire("session-a", newest?.meta.writer ?? "", 0);
    const recovered = await testKit({ ...desk, leases }, "1").recover({ olderThanMs: 600_000 });
    expect(brief(recovered)).toEqual(["a resumed", "b left_alone"]);
  });
});

async function notConnected(): Promise<never> {
  return Promise.reject(new Error("no connection"));
}

describe("a lease store that lies", () => {
  it("grants everybody everything, and one history comes of it", async () => {
    const desk = newDesk();
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    await leaveOrphan(desk, "b", { at: 3, input: "Please send it" });
    const generous: LeaseStore = {
      acquire: async () => true,
      lastHolder: async () => "anybody",
      release: async () => undefined,
    };
    const [kit] = await recoverAtOnce(desk, generous);
    expect(kit).toBeDefined();
    expect(await countTypes(desk.log, "a", "RunCompleted")).toBe(1);
    expect(await countTypes(desk.log, "b", "RunSuspended")).toBe(1);
    expect(desk.sent).toHaveLength(1);
    for (const session of ["a", "b"]) await checkSession(testKit(desk, "4"), desk, session);
  });

  it.each<[string, LeaseStore["acquire"]]>([
    ["refuses everybody", async () => false],
    ["fails", async () => Promise.reject(new Error("no connection"))],
    [
      "throws",
      () => {
        throw new Error("no store");
      },
    ],
  ])("%s, and stops no run that is asked for", async (_how, acquire) => {
    const desk = newDesk();
    await leaveOrphan(desk, "a", { at: 2, input: "Hello" });
    const leases: LeaseStore = { acquire, lastHolder: notConnected, release: notConnected };
    const kit = testKit({ ...desk, leases });
    expect(await kit.recover()).toEqual([{ session: "a", status: "left_alone", reason: "held" }]);
    expect(await kit.resume("a")).toMatchObject({ outcome: "completed" });
    expect(await kit.run({ session: "b", input: "Hello" })).toMatchObject({ outcome: "completed" });
    await checkSession(kit, desk, "a");
  });

  it("says nothing, and costs a run 3 seconds at its begin and at its end", async () => {
    const desk = newDesk();
    const clock = watchedClock();
    const leases: LeaseStore = {
      acquire: async () => new Promise(() => undefined),
      lastHolder: async () => new Promise(() => undefined),
      release: async () => new Promise(() => undefined),
    };
    const kit = testKit({ ...desk, clock, leases });
    const running = kit.run({ session: "a", input: "Hello" });
    for (let asked = 1; asked <= 2; asked += 1) {
      await expect.poll(() => clock.sleeps.filter((time) => time === 3_000).length).toBe(asked);
      clock.advance(3_000);
    }
    expect(await running).toMatchObject({ outcome: "completed" });
  });
});
