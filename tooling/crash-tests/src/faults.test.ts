import {
  AgentKitError,
  type Clock,
  createInMemoryEventLog,
  type EventLog,
  systemClock,
  toSessionStream,
} from "@agentkit/core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { doublingLog, failingLog, slowLog } from "./faulty-logs.ts";
import { logKinds, openLog } from "./logs.ts";
import { readOutcome } from "./outcome.ts";
import { readEffects } from "./records.ts";
import { newDirectory } from "./scene.ts";
import { carryOn, ledgerOf, type Stage, tellStory } from "./story.ts";

const session = "journey";

async function newStage(open: (directory: string) => Promise<EventLog>): Promise<Stage> {
  const directory = newDirectory(onTestFinished);
  const log = await open(directory);
  onTestFinished(async () => log.close());
  return { log, directory, session, cross: () => undefined };
}

/** What the story comes to when nothing happens to it. */
async function tellUndisturbed(): Promise<unknown> {
  const stage = await newStage(async () => createInMemoryEventLog());
  const kit = tellStory(stage);
  await carryOn(kit, stage);
  return readOutcome(kit, session);
}

/** What holds after every fault: a healthy process has the same outcome, one effect of each tool, and an identical replay. */
async function checkOutcome(stage: Stage): Promise<void> {
  const kit = tellStory(stage);
  expect(await readOutcome(kit, session)).toEqual(await tellUndisturbed());
  expect(await kit.replay(session)).toMatchObject({ status: "identical" });
  expect(readEffects(ledgerOf(stage.directory)).map(({ tool }) => tool)).toEqual(["reserve", "pay", "stamp", "notify"]);
}

async function readTimes(log: EventLog): Promise<readonly number[]> {
  const times: number[] = [];
  for await (const { time } of log.readStream(toSessionStream(session))) times.push(Date.parse(time));
  return times;
}

/** A clock that somebody sets back by a day whenever it is looked at. */
function clockGoingBack(): Clock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now() {
      now -= 86_400_000;
      return now;
    },
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
  };
}

const memory = {
  name: "in memory",
  start: async () => ({ open: async (_directory: string) => createInMemoryEventLog(), close: async () => undefined }),
};
const others = logKinds.map((kind) => ({
  name: `on ${kind.name}`,
  start: async () => {
    const home = await kind.start();
    return { open: async (directory: string) => openLog(home.placeIn(directory)), close: () => home.close() };
  },
}));

// What goes wrong here is put between the run and its log, so that it can be tried on each.
describe.each([memory, ...others])("a run $name", async ({ start }) => {
  const { open, close } = await start();
  afterAll(close);

  it("does not depend on a clock that goes forward", async () => {
    const stage = await newStage(open);
    const clock = clockGoingBack();
    await carryOn(tellStory({ ...stage, clock }), stage);
    const times = await readTimes(stage.log);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(times).size).toBeGreaterThan(5);
    await checkOutcome(stage);
  });

  it("is recovered when the clock was set back between crash and recovery", async () => {
    const stage = await newStage(open);
    const gone = new AgentKitError("log_closed", "The process is gone.");
    const dying = { ...stage, log: failingLog(stage.log, "ModelCallCompleted", gone) };
    await expect(carryOn(tellStory(dying), dying)).rejects.toMatchObject({ code: "log_closed" });
    const kit = tellStory({ ...stage, clock: clockGoingBack() });
    expect(await kit.recover({ olderThanMs: 60_000 })).toMatchObject([{ session, status: "suspended" }]);
    await carryOn(kit, stage);
    await checkOutcome(stage);
  });

  it("takes its time on a log that is slow in all it does", async () => {
    const stage = await newStage(open);
    const slow = { ...stage, log: slowLog(stage.log, 5) };
    expect(await carryOn(tellStory(slow), slow)).toMatchObject({ outcome: "completed" });
    await checkOutcome(stage);
    await checkOutcome(slow);
  });

  it("goes on when every append is delivered and acknowledged twice", async () => {
    const stage = await newStage(open);
    const doubling = { ...stage, log: doublingLog(stage.log) };
    expect(await carryOn(tellStory(doubling), doubling)).toMatchObject({ outcome: "completed" });
    const events = await readTimes(stage.log);
    await checkOutcome(stage);
    expect(await stage.log.head(toSessionStream(session))).toBe(events.length - 1);
  });

  it("ends with the log's error when it fails for good between two tools, stops the other one, and can be taken up", async () => {
    const stage = await newStage(open);
    const failure = new AgentKitError("log_full", "The disk is full.");
    const failing = { ...stage, log: failingLog(stage.log, "ToolCallSucceeded", failure) };
    let stopped = false;
    const bank = { timeoutMs: 60_000, onStopped: () => (stopped = true) };
    await expect(carryOn(tellStory({ ...failing, bank }), failing)).rejects.toBe(failure);
    expect(stopped).toBe(true);
    const kit = tellStory(stage);
    expect(await kit.load(session)).toMatchObject({ active: { turn: { status: "running" } } });
    expect(await carryOn(kit, stage)).toMatchObject({ outcome: "completed" });
    await checkOutcome(stage);
  });
});
