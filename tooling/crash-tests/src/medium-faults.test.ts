import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EventStoreDBDouble, startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { describe, expect, it, onTestFinished } from "vitest";
import { readOutcome } from "./outcome.ts";
import { readEffects } from "./records.ts";
import { runWorker } from "./run-worker.ts";
import { inThisProcess, newDirectory, type Scene } from "./scene.ts";
import { carryOn, ledgerOf, type Stage, tellStory } from "./story.ts";

const session = "journey";

function sqliteScene(): Scene & { readonly path: string } {
  const directory = newDirectory(onTestFinished);
  const path = join(directory, "log.sqlite");
  return { directory, place: { kind: "sqlite", path }, session, path };
}

async function doubleScene(): Promise<{ readonly scene: Scene; readonly double: EventStoreDBDouble }> {
  const double = await startEventStoreDBDouble();
  onTestFinished(async () => double.close());
  const place = { kind: "eventstoredb", connectionString: double.connectionString, streamPrefix: "" } as const;
  return { scene: { directory: newDirectory(onTestFinished), place, session }, double };
}

/** What a story has come to, for a process that has only its log: its state, its replay, and the effects it had. */
async function readStory(scene: Scene): Promise<unknown> {
  return inThisProcess(scene, async (_stage, kit) => ({
    outcome: await readOutcome(kit, session),
    replay: (await kit.replay(session)).status,
    effects: readEffects(ledgerOf(scene.directory)).map(({ tool }) => tool),
  }));
}

/** What it comes to when nothing happens. */
async function readUndisturbed(): Promise<unknown> {
  const scene = sqliteScene();
  await inThisProcess(scene, async (stage, kit) => carryOn(kit, stage));
  return readStory(scene);
}

/** Carries the story on while something fails before each append. */
async function carryOnWhile({ scene, fail }: { readonly scene: Scene; readonly fail: () => void }): Promise<void> {
  await inThisProcess(scene, async (stage) => {
    const disturbed: Stage = { ...stage, cross: (boundary) => void (boundary.startsWith("before append") && fail()) };
    expect(await carryOn(tellStory(disturbed), disturbed)).toMatchObject({ outcome: "completed" });
  });
}

const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));

function unshare(script: string, order: object) {
  const env = { ...process.env, NODE: process.execPath, WORKER: worker, ORDER: JSON.stringify(order) };
  const parameters = ["--user", "--map-root-user", "--mount", "sh", "-euc", script];
  return spawnSync("unshare", parameters, { env, encoding: "utf8", timeout: 60_000 });
}

const canMount = unshare("mount -t tmpfs -o size=64k tmpfs /mnt", {}).status === 0;

/** What goes wrong with what a log is kept on, by log: tells the story with it, or says why that is not tried. */
interface MediumFault {
  readonly title: string;
  readonly memory: string;
  readonly sqlite: string | (() => Promise<Scene>);
  readonly eventstoredb: string | (() => Promise<Scene>);
}

const noMedium = "a log in memory has no medium, and ends with its process";
const noServer = "SQLite answers within the process: crash-points.test.ts kills it between commit and answer";
const ofTheServer = "it is the server's disk, which the server's own tests are about";

const faults: readonly MediumFault[] = [
  {
    title: "breaks the connection between each commit and its answer",
    memory: noMedium,
    sqlite: noServer,
    async eventstoredb() {
      const { scene, double } = await doubleScene();
      await carryOnWhile({ scene, fail: () => double.inject({ at: "append", how: "dropAfterCommit" }) });
      return scene;
    },
  },
  {
    title: "is killed before each append and serves again",
    memory: noMedium,
    sqlite: noServer,
    async eventstoredb() {
      const { scene, double } = await doubleScene();
      const restarts: Promise<void>[] = [];
      await carryOnWhile({ scene, fail: () => restarts.push(double.restart()) });
      await Promise.all(restarts);
      return scene;
    },
  },
  {
    title: "answers drop by drop",
    memory: "its answers are values; faults.test.ts slows them down",
    sqlite: "its answers are values; faults.test.ts slows them down",
    async eventstoredb() {
      const { scene, double } = await doubleScene();
      double.inject({ at: "append", how: "delay", ms: 20, times: 1_000 });
      double.inject({ at: "read", how: "delay", ms: 5, times: 1_000 });
      await carryOnWhile({ scene, fail: () => undefined });
      double.clearFaults();
      return scene;
    },
  },
  {
    // Of the appends: no server repeats an event of a read, and what a subscription repeats is for read-faults.test.ts of the
    // adapter, whose subscriptions only learn from it that there is something to read.
    title: "acknowledges each append twice",
    memory: "its answers are values; faults.test.ts appends everything twice",
    sqlite: "its answers are values; faults.test.ts appends everything twice",
    async eventstoredb() {
      const { scene, double } = await doubleScene();
      double.inject({ at: "append", how: "repeat", times: 1_000 });
      await carryOnWhile({ scene, fail: () => undefined });
      return scene;
    },
  },
  {
    title: "was torn off in the middle of a write to its write-ahead log",
    memory: noMedium,
    async sqlite() {
      const scene = sqliteScene();
      const afterReserve = 12;
      const { signal } = await runWorker({ ...scene, at: afterReserve, signal: "SIGKILL" }, onTestFinished);
      expect(signal).toBe("SIGKILL");
      // The first half of what the next commit would write: a frame is a header of 24 bytes and a page.
      const wal = readFileSync(`${scene.path}-wal`);
      appendFileSync(`${scene.path}-wal`, wal.subarray(32, 32 + 2_060));
      await inThisProcess(scene, async (stage, kit) => {
        expect(await carryOn(kit, stage)).toMatchObject({ outcome: "completed" });
      });
      return scene;
    },
    eventstoredb: ofTheServer,
  },
  {
    title: "is full in the middle of the run, and has room again",
    memory: noMedium,
    sqlite: canMount ? fillDisk : "this machine lets no test mount a disk of its own",
    eventstoredb: ofTheServer,
  },
];

interface Trial {
  readonly title: string;
  readonly tried: boolean;
  readonly tell: () => Promise<Scene>;
}

function toTrial({ title, ...logs }: MediumFault, name: "memory" | "sqlite" | "eventstoredb"): Trial {
  const tell = logs[name];
  if (typeof tell !== "string") return { title: `${title} comes to its end`, tried: true, tell };
  return { title: `${title}: not tried, ${tell}`, tried: false, tell: async () => sqliteScene() };
}

describe.each(["memory", "sqlite", "eventstoredb"] as const)("a run on a log (%s)", (name) => {
  for (const { title, tried, tell } of faults.map((fault) => toTrial(fault, name))) {
    it.skipIf(!tried)(
      `whose medium ${title}`,
      async () => {
        expect(await readStory(await tell())).toEqual(await readUndisturbed());
      },
      60_000,
    );
  }
});

async function fillDisk(): Promise<Scene> {
  const directory = newDirectory(onTestFinished);
  const place = { kind: "sqlite", path: "/mnt/log.sqlite" };
  // The log's files take 32 KiB to begin with and about 16 KiB an append.
  const script = `
    mount -t tmpfs -o size=1m tmpfs /mnt
    head -c 870000 /dev/zero > /mnt/ballast
    "$NODE" "$WORKER" "$ORDER"
    rm /mnt/ballast
    "$NODE" "$WORKER" "$ORDER"
    cp /mnt/log.sqlite* "$PLACE"
  `.replace("$PLACE", directory);
  const { status, stdout, stderr } = unshare(script, { place, directory, session, at: 0, signal: "SIGKILL" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout.match(/^ended: .*$/gm)).toEqual(["ended: log_full", "ended: completed"]);
  expect(stdout.indexOf("after append")).toBeLessThan(stdout.indexOf("ended: log_full"));
  return { directory, place: { kind: "sqlite", path: join(directory, "log.sqlite") }, session };
}
