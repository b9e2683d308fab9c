import { AgentKitError, defineAgent, eventCatalogue, type EventLog, isEventType, type NewEvent } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { findTraces, type Trace } from "./find-traces.ts";
import { plantedData, plantedPaths, textPaths } from "./planted-events.ts";
import { createPlantSource, type PlantSource } from "./planted-text.ts";
import { makePlant, personalKinds } from "./plants.ts";
import { alphabets, createRandom } from "./random.ts";
import { openScene, type Scene, type SceneOptions } from "./scene.ts";

const types = Object.keys(eventCatalogue).filter(isEventType);
const agents = [defineAgent({ name: "desk", model: "scripted" })];

function open(directory: string, { known }: Pick<PlantSource, "known">, options: Partial<SceneOptions> = {}): Scene {
  return openScene({ directory, model: scriptedModel([]), agents, known, ...options });
}

const jsonObject = z.record(z.string(), z.json());

/** A small event with something in its envelope. */
function cancelledWith(number: number, meta: NewEvent["meta"]): NewEvent {
  return { ...eventOf(number, "RunCancelled", { reason: "x" }), meta: { session: "a1", ...meta } };
}

function eventOf(number: number, type: string, data: unknown): NewEvent {
  const id = `3f0c5b6e-6f0a-4d7e-9a53-${String(number).padStart(12, "0")}`;
  return {
    id,
    type,
    version: 1,
    time: "2026-11-22T13:08:05.123Z",
    data: jsonObject.parse(data),
    meta: { session: "a1" },
  };
}

/** Appends each event that can be appended, and gives the types of the others. */
async function appendEach(log: EventLog, events: readonly NewEvent[]): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const event of events) {
    const head = await log.head("session-a1");
    try {
      await log.append("session-a1", [event], { expected: head ?? "no_stream" });
    } catch (error) {
      if (!AgentKitError.is(error) || error.code !== "event_invalid") throw error;
      refused.push(event.type);
    }
  }
  return refused;
}

/** What was planted and found again, with what it is. */
function describeTraces(traces: readonly Trace[], { planted }: PlantSource): readonly string[] {
  return traces.map(({ value, form, place }) => `${planted.get(value)?.kind} (${form}) in ${place}: ${value}`);
}

describe("an event of every type, with secrets and personal data in every field", () => {
  it("leaves none of them in any byte of the data directory", async () => {
    const source = createPlantSource(1);
    const covered = new Set<string>();
    const refused = new Set<string>();
    const eventsOfEachType = fc.record(Object.fromEntries(types.map((type) => [type, plantedData(type, source)])));
    const property = fc.asyncProperty(eventsOfEachType, async (dataByType) => {
      const directory = newDirectory();
      const values = new Set(source.planted.keys());
      const events = types.map((type, index) => eventOf(index, type, dataByType[type]));
      for (const type of types) {
        for (const path of plantedPaths(type, dataByType[type], values)) covered.add(path);
      }
      await using scene = open(directory, source);
      for (const type of await appendEach(scene.log, events)) refused.add(type);
      expect(describeTraces(findTraces(readDirectory(directory), values), source)).toEqual([]);
    });
    await fc.assert(property, { seed: 7, numRuns: 15, endOnFailure: true });
    expect(types.flatMap(textPaths).filter((path) => !covered.has(path))).toEqual([]);
    // Content that is kept by its hash is redacted before it is hashed, or not kept at all.
    expect([...refused]).toEqual(["ContentRecorded"]);
    expect(source.planted.size).toBeGreaterThan(1_000);
  }, 60_000);

  it("leaves all of them there without the redactor: the search can find", async () => {
    const source = createPlantSource(1);
    const directory = newDirectory();
    const events = types.map((type, index) => {
      const [data] = fc.sample(plantedData(type, source), { seed: 7, numRuns: 1 });
      return eventOf(index, type, data);
    });
    await using scene = open(directory, source, { isSafe: false });
    expect(await appendEach(scene.log, events)).toEqual([]);
    const found = new Set(findTraces(readDirectory(directory), source.planted.keys()).map(({ value }) => value));
    const kinds = new Set([...found].map((value) => source.planted.get(value)?.kind.replace(/ value .*/, "")));
    expect(found.size).toBe(source.planted.size);
    expect(kinds.size).toBeGreaterThan(15);
  });
});

describe("a field of a form that only machines read", () => {
  const random = createRandom(5);
  const tokens = ["github token", "github fine-grained token", "openai key"].map(
    (kind) => makePlant(kind, random).value,
  );
  const made = random.text(alphabets.base64url, 4_000);
  const approval = { approver: { roles: [] }, keyId: "0123456789abcdef" };

  it.each<[string, (text: string) => object]>([
    ["encrypted content", (text) => ({ items: [{ type: "reasoning", summary: [], encrypted_content: text }] })],
    ["a signature", (text) => ({ approval: { ...approval, signature: text } })],
  ])("keeps what they made of %s, and no token in its place", async (_name, toData) => {
    const directory = newDirectory();
    await using scene = open(directory, { known: [] });
    const texts = [...tokens, made.slice(0, 86)];
    expect(
      await appendEach(
        scene.log,
        texts.map((text, index) => eventOf(index, "PromptReceived", toData(text))),
      ),
    ).toEqual([]);
    const found = findTraces(readDirectory(directory), texts).map(({ value }) => value);
    expect([...new Set(found)]).toEqual([made.slice(0, 86)]);
  });
});

describe("what names things in an event's envelope", () => {
  const random = createRandom(3);
  const plants = [makePlant("github token", random), ...personalKinds.map((kind) => makePlant(kind, random))];
  const fields = [
    "tenant",
    "agent",
    "agentVersion",
    "run",
    "causation",
    "correlation",
    "traceparent",
    "writer",
  ] as const;

  it.each(fields)("is refused with something planted in meta.%s, and nothing of it is written", async (field) => {
    const directory = newDirectory();
    await using scene = open(directory, { known: [] });
    const events = plants.map(({ text }, index) => cancelledWith(index, { [field]: text }));
    expect(await appendEach(scene.log, events)).toHaveLength(plants.length);
    expect(
      findTraces(
        readDirectory(directory),
        plants.map(({ value }) => value),
      ),
    ).toEqual([]);
  });

  it("is refused with something planted among the subjects, in the type or in the stream's name", async () => {
    const directory = newDirectory();
    await using scene = open(directory, { known: [] });
    const { value } = makePlant("github token", random);
    const event = cancelledWith(1, { subjects: ["ada", value] });
    const named = eventOf(2, value, {});
    expect(await appendEach(scene.log, [event, named])).toHaveLength(2);
    const stray = scene.log.append(`session-${value}`, [cancelledWith(3, {})], { expected: "no_stream" });
    await expect(stray).rejects.toMatchObject({ code: "event_invalid", param: "stream" });
    expect(findTraces(readDirectory(directory), [value])).toEqual([]);
  });

  it("loses what is planted in the name of who caused it", async () => {
    const directory = newDirectory();
    await using scene = open(directory, { known: [] });
    const events = plants.map(({ text }, index) => cancelledWith(index, { actor: `person:${text}` }));
    expect(await appendEach(scene.log, events)).toEqual([]);
    expect(
      findTraces(
        readDirectory(directory),
        plants.map(({ value }) => value),
      ),
    ).toEqual([]);
  });
});
