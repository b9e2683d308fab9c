import { defineAgent, defineTool, type Model } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { findTraces } from "./find-traces.ts";
import { openLeakyOffice, spendDay } from "./leaky-office.ts";
import { createPlanter, type Planter } from "./planter.ts";
import { openScene, type Scene } from "./scene.ts";

/** What was planted and is in the directory, with what it is. */
function leftIn(directory: string, { planted }: Planter): readonly string[] {
  return findTraces(readDirectory(directory), planted.keys()).map(
    ({ value, form, place }) => `${planted.get(value)?.kind} (${form}) in ${place}: ${value}`,
  );
}

const days = ["a1", "b2", "c3"];

/** Spends a few days, and gives what became of everything that was planted. */
async function spendDays(isSafe: boolean) {
  const directory = newDirectory();
  const plant = createPlanter(11);
  const office = openLeakyOffice(plant);
  const { agents, model } = office;
  await using scene: Scene = openScene({ directory, agents, model, known: plant.known, isSafe });
  for (const session of days) await spendDay({ kit: scene.kit, office, plant, session });
  const types = new Set<string>();
  const sessions = new Set<string>();
  for await (const { type, meta } of scene.log.readAll()) {
    types.add(type);
    if (meta.session !== undefined && type.startsWith("Run")) sessions.add(meta.session);
  }
  const replays = [...sessions].map(async (session) => (await scene.kit.replay(session)).status);
  return { left: leftIn(directory, plant), planted: plant.planted, replays: await Promise.all(replays), types };
}

describe("whole runs that are full of secrets and personal data", () => {
  it("leave none of them in any byte of the data directory, and replay identically", async () => {
    const { left, replays, types } = await spendDays(true);
    expect(left).toEqual([]);
    // Each day has a session, a sub-run and a fork.
    expect(replays).toEqual(Array.from({ length: days.length * 3 }, () => "identical"));
    // The runs went where they were to go.
    for (const type of ["ToolCallFailed", "ToolCallDenied", "HandoffDecided", "SubRunCompleted", "SessionForked"]) {
      expect(types).toContain(type);
    }
  }, 60_000);

  it("leave nearly all of them there without safety: the search can find", async () => {
    const { left, planted } = await spendDays(false);
    const found = new Set(left.map((trace) => trace.slice(trace.lastIndexOf(": ") + 2)));
    // But for those in the stacks and causes of errors, which are not recorded.
    expect(found.size / planted.size).toBeGreaterThan(0.9);
  }, 60_000);

  it("leave none in a snapshot", async () => {
    const directory = newDirectory();
    const plant = createPlanter(12);
    const agents = [defineAgent({ name: "desk", model: "scripted" })];
    const model: Model = scriptedModel(() => ({ text: `Well, ${plant.next()}.` }));
    await using scene = openScene({ directory, agents, model, known: plant.known });
    for (let turn = 0; turn < 90; turn += 1) await scene.kit.run({ session: "long", input: plant.next() });
    const snapshots = readDirectory(directory).find(({ place }) => place === "snapshots.sqlite, table snapshots");
    expect(snapshots?.bytes.length).toBeGreaterThan(10_000);
    expect(leftIn(directory, plant)).toEqual([]);
  }, 60_000);

  it("leave none in the message of a model's failure", async () => {
    const directory = newDirectory();
    const plant = createPlanter(13);
    const model: Model = {
      description: "fails",
      // oxlint-disable-next-line require-yield -- it fails before it says anything
      async *stream() {
        throw new Error(Array.from({ length: 40 }, () => plant.next()).join(", "));
      },
    };
    const agents = [defineAgent({ name: "desk", model: "m", limits: { retryDelayMs: 0 } })];
    await using scene = openScene({ directory, agents, model, known: plant.known });
    const result = await scene.kit.run({ session: "s", input: "Hi" });
    expect(result.outcome).toBe("failed");
    const told = { place: "the result", bytes: Buffer.from(JSON.stringify(result)) };
    expect(findTraces([told], plant.planted.keys())).toEqual([]);
    expect(leftIn(directory, plant)).toEqual([]);
  });
});

describe("a tool's failure that is longer than its record", () => {
  it.each([8_160, 8_170, 8_180])("is cut after it was redacted, with a token at %i", async (place) => {
    const directory = newDirectory();
    const plant = createPlanter(14);
    const token = plant.of("github token");
    const fail = defineTool({
      name: "fail",
      description: "Fails.",
      input: z.object({}),
      sideEffects: "none",
      run: () => {
        throw new Error(`${"word ".repeat(2_000).slice(0, place)} ${token} and more`);
      },
    });
    const agents = [defineAgent({ name: "desk", model: "m", tools: [fail] })];
    const model = scriptedModel([{ calls: [{ name: "fail", arguments: {} }] }, { text: "Done." }]);
    await using scene = openScene({ directory, agents, model });
    expect(await scene.kit.run({ session: "s", input: "Go." })).toMatchObject({ outcome: "completed" });
    expect(findTraces(readDirectory(directory), [token.slice(0, 8)])).toEqual([]);
  });
});
