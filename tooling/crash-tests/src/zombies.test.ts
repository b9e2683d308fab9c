import { decodeEvent, type EventLog } from "@agentkit/core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { type LogKind, logKinds } from "./logs.ts";
import { type EffectRecord, readEffects } from "./records.ts";
import { runWorker, startWorker } from "./run-worker.ts";
import { inThisProcess, newDirectory } from "./scene.ts";
import { carryOn, ledgerOf } from "./story.ts";

const session = "journey";

interface Wake {
  /** The first boundary of that name is where the worker is stopped. */
  readonly at: RegExp;
  readonly ended: string;
  /** The tools whose effect it may still have when it wakes: their starts were in the log before it was stopped. */
  readonly late: readonly string[];
}

const wakes: readonly Wake[] = [
  { at: /^before append: SessionStarted/, ended: "concurrency_conflict", late: [] },
  { at: /^before model call/, ended: "concurrency_conflict", late: [] },
  { at: /^after model call/, ended: "concurrency_conflict", late: [] },
  { at: /^before append: ModelCallCompleted ToolCallRequested/, ended: "concurrency_conflict", late: [] },
  { at: /^before effect: reserve/, ended: "concurrency_conflict", late: ["reserve", "pay"] },
  { at: /^after effect: reserve/, ended: "concurrency_conflict", late: ["pay"] },
  { at: /^after effect: pay/, ended: "concurrency_conflict", late: [] },
  { at: /^before append: ToolCallOutcomeUnknown/, ended: "concurrency_conflict", late: [] },
  // It has appended all that it had to, and reads from the log what became of its run.
  { at: /^after append: ToolCallOutcomeUnknown/, ended: "completed", late: [] },
  { at: /^before append: ToolCallSucceeded RunResumed/, ended: "concurrency_conflict", late: [] },
  { at: /^after effect: stamp/, ended: "concurrency_conflict", late: [] },
  { at: /^before append: ModelCallCompleted RunCompleted/, ended: "concurrency_conflict", late: [] },
  { at: /^after append: ModelCallCompleted RunCompleted/, ended: "completed", late: [] },
];

async function readAllEvents(log: EventLog): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  for await (const stored of log.readAll()) events.push(decodeEvent(stored));
  return events;
}

describe.each(logKinds)(
  "a worker that is stopped while another takes its run over, on $name",
  async (kind: LogKind) => {
    const home = await kind.start();
    afterAll(async () => home.close());
    const reference = newDirectory(afterAll);
    const undisturbed = { directory: reference, place: home.placeIn(reference), session };
    const { boundaries } = await runWorker({ ...undisturbed, at: 0, signal: "SIGSTOP" }, afterAll);

    it.each(wakes)("at $at wakes to $ended", async ({ at, ended, late }) => {
      const directory = newDirectory(onTestFinished);
      const scene = { directory, place: home.placeIn(directory), session };
      const n = boundaries.findIndex((boundary) => at.test(boundary)) + 1;
      const zombie = startWorker({ ...scene, at: n, signal: "SIGSTOP" }, onTestFinished);
      await zombie.reached(n);

      await inThisProcess(scene, async (stage, kit) => {
        expect(await carryOn(kit, stage)).toMatchObject({ outcome: "completed", text: "Booked." });
        const recorded = await readAllEvents(stage.log);
        const effects = readEffects(ledgerOf(directory));

        zombie.child.kill("SIGCONT");
        expect(await zombie.end).toMatchObject({ ended, signal: null });

        expect(await readAllEvents(stage.log)).toEqual(recorded);
        expect(await kit.replay(session)).toMatchObject({ status: "identical" });
        expect(toolsOf(readEffects(ledgerOf(directory)).slice(effects.length))).toEqual(late);
        expect(keysOf(readEffects(ledgerOf(directory)))).toHaveLength(4);
      });
    });
  },
);

function toolsOf(effects: readonly EffectRecord[]): readonly string[] {
  return effects.map(({ tool }) => tool);
}

/** What a service that knows idempotency keys has carried out. */
function keysOf(effects: readonly EffectRecord[]): readonly string[] {
  return [...new Set(effects.map(({ key }) => key))];
}
