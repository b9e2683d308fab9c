import { type EventLog, isCaughtUp } from "@agentkit/core";
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startProgram } from "./child-program.test.support.ts";
import { createLogDirectory, numbersIn, testEvent, upTo } from "./log-directory.test.support.ts";

const appendLoop = new URL("./append-loop.test.support.ts", import.meta.url);
const race = new URL("./race.test.support.ts", import.meta.url);
const useAndExit = new URL("./use-and-exit.test.support.ts", import.meta.url);

const directory = createLogDirectory();
afterEach(async () => directory.cleanUp());

describe("a process killed while it appends", { timeout: 60_000 }, () => {
  it("leaves every acknowledged append, each of them whole", async () => {
    for (const appends of [0, 1, 5, 17]) {
      const path = directory.newPath();
      const acknowledged = await killAfter(path, appends);
      const log = directory.open(path);
      const numbers = await numbersIn(log);
      expect(numbers).toEqual(upTo(numbers.length));
      expect(numbers.length % 2).toBe(0);
      // The last append may have been committed and its acknowledgement lost.
      expect([acknowledged, acknowledged + 2]).toContain(numbers.length);
      await appendTwo(log, numbers.length);
      await log.close();
    }
  });

  it("leaves a prefix of whole appends when the write-ahead log was cut off", async () => {
    const path = directory.newPath();
    const acknowledged = await killAfter(path, 12);
    const bytes = readFileSync(`${path}-wal`).length;
    const lengths: number[] = [];
    for (const part of [0, 0.1, 0.5, 0.9, 0.99]) {
      const copy = copyOf(path);
      truncateSync(`${copy}-wal`, Math.floor(bytes * part));
      lengths.push(await checkPrefix(copy, acknowledged));
    }
    expect(lengths).toEqual(lengths.toSorted((left, right) => left - right));
  });

  it("leaves a prefix of whole appends when the write-ahead log was garbled", async () => {
    const path = directory.newPath();
    const lengths: number[] = [];
    const acknowledged = await killAfter(path, 12);
    const wal = readFileSync(`${path}-wal`);
    for (const part of [0, 0.2, 0.5, 0.8, 0.999]) {
      const copy = copyOf(path);
      const garbled = Buffer.from(wal);
      const offset = Math.floor((wal.length - 64) * part);
      garbled.fill(0xa5, offset, offset + 64);
      writeFileSync(`${copy}-wal`, garbled);
      lengths.push(await checkPrefix(copy, acknowledged));
    }
    // Each frame's checksum covers those before it: what follows the damage is not read.
    expect(lengths).toEqual(lengths.toSorted((left, right) => left - right));
  });
});

describe("several processes on one file", { timeout: 60_000 }, () => {
  it("win each revision of a stream once", async () => {
    const path = directory.newPath();
    const racers = [startProgram(race, path, "0", "59"), startProgram(race, path, "60", "119")];
    const results = await Promise.all(racers.map(async (racer) => racer.finished));
    expect(results.map(({ code, errors }) => `${code}${errors}`)).toEqual(upTo(2).map(() => "0"));
    const told = new Map(
      results
        .flatMap(({ lines }) => lines.map((line) => line.split(" ")))
        .map(([n, revision]) => [Number(revision), Number(n)]),
    );
    const log = directory.open(path);
    const numbers = await numbersIn(log);
    expect(numbers.length).toBe(120);
    expect(numbers).toEqual(upTo(120).map((revision) => told.get(revision)));
  });

  it("are followed by a subscription that misses and repeats nothing", async () => {
    const path = directory.newPath();
    const subscription = directory.open(path).subscribe();
    const racers = [startProgram(race, path, "0", "39"), startProgram(race, path, "40", "79")];
    const positions: string[] = [];
    for await (const message of subscription) {
      if (isCaughtUp(message)) continue;
      positions.push(message.position);
      if (positions.length === 80) break;
    }
    expect(positions).toEqual(upTo(80).map((n) => String(n + 1)));
    const results = await Promise.all(racers.map(async (racer) => racer.finished));
    expect(results.map(({ code, errors }) => `${code}${errors}`)).toEqual(["0", "0"]);
  });

  it("may create the log at the same moment", async () => {
    const path = directory.newPath();
    const programs = upTo(4).map((n) => startProgram(race, path, String(n), String(n)));
    const results = await Promise.all(programs.map(async (program) => program.finished));
    expect(results.map(({ code, errors }) => `${code}${errors}`)).toEqual(upTo(4).map(() => "0"));
    expect((await numbersIn(directory.open(path))).length).toBe(4);
  });
});

describe("a process that opened a log", { timeout: 60_000 }, () => {
  it("can exit after it closed it", async () => {
    const { code, lines, errors } = await startProgram(useAndExit, directory.newPath()).finished;
    expect({ code, lines, errors }).toEqual({ code: 0, lines: ["10"], errors: "" });
  });
});

/** Starts appending, kills after so many acknowledgements, and returns how many events had been acknowledged. */
async function killAfter(path: string, appends: number): Promise<number> {
  const child = startProgram(appendLoop, path);
  await child.printed(appends);
  child.process.kill("SIGKILL");
  const { signal, lines, errors } = await child.finished;
  expect({ signal, errors }).toEqual({ signal: "SIGKILL", errors: "" });
  return lines.length * 2;
}

/** Copies a log that nobody has open, as a backup program would. */
function copyOf(path: string): string {
  const copy = directory.newPath();
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  return copy;
}

/** Opens a log that lost a part, and asserts that it holds whole appends from the first one on. Returns how many events. */
async function checkPrefix(path: string, acknowledged: number): Promise<number> {
  const log = directory.open(path);
  const numbers = await numbersIn(log);
  expect(numbers).toEqual(upTo(numbers.length));
  expect(numbers.length % 2).toBe(0);
  expect(numbers.length).toBeLessThanOrEqual(acknowledged + 2);
  await appendTwo(log, numbers.length);
  await log.close();
  return numbers.length;
}

async function appendTwo(log: EventLog, length: number): Promise<void> {
  const expected = length === 0 ? "no_stream" : length - 1;
  const { revision } = await log.append("a", [testEvent(length), testEvent(length + 1)], { expected });
  expect(revision).toBe(length + 1);
}
