import { join } from "node:path";
import { AgentKitError, type Clock, systemClock, toSessionStream } from "@agentkit/core";
import { createSqliteLeaseStore } from "@agentkit/store-sqlite";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { failingLog } from "./faulty-logs.ts";
import { type LogKind, logKinds, openLog } from "./logs.ts";
import { readEffects } from "./records.ts";
import { runWorker, startWorker } from "./run-worker.ts";
import { inThisProcess, newDirectory, type Scene } from "./scene.ts";
import { carryOn, ledgerOf, type Stage, tellStory } from "./story.ts";

/** The boundary after the effect of `reserve`, with `pay` started too. */
const insideTools = 12;

/** A machine's clock that is so far ahead of the others'. */
function clockAhead(milliseconds: number): Clock {
  return { now: () => systemClock.now() + milliseconds, sleep: (time, signal) => systemClock.sleep(time, signal) };
}

function openLeases(path: string, clock: Clock = systemClock) {
  const leases = createSqliteLeaseStore({ path, clock });
  onTestFinished(async () => leases.close());
  return leases;
}

/** Leaves a run as a process that dies while the model answers. */
async function leaveOrphan(scene: Scene): Promise<void> {
  await inThisProcess(scene, async (stage) => {
    const gone = new AgentKitError("log_closed", "The process is gone.");
    const dying: Stage = { ...stage, log: failingLog(stage.log, "ModelCallCompleted", gone) };
    await expect(carryOn(tellStory(dying), dying)).rejects.toBe(gone);
  });
}

describe.each(logKinds)("processes that share leases, on $name", async (kind: LogKind) => {
  const home = await kind.start();
  afterAll(async () => home.close());

  it("leave a run to the one that drives it, until its lease has ended", async () => {
    const directory = newDirectory(onTestFinished);
    const scene = { directory, place: home.placeIn(directory), session: "journey" };
    const path = join(directory, "leases.sqlite");
    const driver = startWorker({ ...scene, leases: path, at: insideTools, signal: "SIGSTOP" }, onTestFinished);
    await driver.reached(insideTools);

    await inThisProcess(scene, async (stage) => {
      const beside = tellStory({ ...stage, leases: openLeases(path) });
      expect(await beside.recover()).toEqual([{ session: "journey", status: "left_alone", reason: "held" }]);
      const later = tellStory({ ...stage, leases: openLeases(path, clockAhead(31_000)) });
      expect(await later.recover()).toMatchObject([{ session: "journey", status: "suspended" }]);
      expect(await carryOn(later, stage)).toMatchObject({ outcome: "completed" });

      driver.child.kill("SIGCONT");
      expect(await driver.end).toMatchObject({ ended: "concurrency_conflict" });
      expect(await later.replay("journey")).toMatchObject({ status: "identical" });
      expect(await later.recover()).toEqual([]);
    });
  });

  it("divide the runs that a crash has left among them, and have each effect once", async () => {
    const directory = newDirectory(onTestFinished);
    const place = home.placeIn(directory);
    const leases = join(directory, "leases.sqlite");
    const sessions = ["a", "b", "c", "d", "e", "f"];
    for (const session of sessions) await leaveOrphan({ directory, place, session });

    const order = { directory, place, leases, session: "", at: 0, signal: "SIGKILL", task: "recover" } as const;
    const ends = await Promise.all([
      runWorker(order, onTestFinished),
      runWorker(order, onTestFinished),
      runWorker(order, onTestFinished),
    ]);
    // Who comes late finds some that wait already, and says so too.
    const found = new Set(
      ends.flatMap(({ ended = "" }) => ended.split(", ")).filter((run) => run.endsWith("suspended")),
    );
    expect([...found].toSorted()).toEqual(sessions.map((session) => `${session} suspended`));

    const effects = readEffects(ledgerOf(directory));
    expect(effects).toHaveLength(2 * sessions.length);
    expect(new Set(effects.map(({ key }) => key)).size).toBe(effects.length);
    const log = await openLog(place);
    onTestFinished(async () => log.close());
    for (const session of sessions) {
      const types: string[] = [];
      for await (const event of log.readStream(toSessionStream(session))) types.push(event.type);
      expect(types.filter((type) => type === "RunSuspended")).toHaveLength(1);
    }
  });
});
