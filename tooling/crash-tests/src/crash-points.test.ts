import {
  type AgentKit,
  decodeEvent,
  type EventLog,
  isFunctionCallOutput,
  type Item,
  toSessionStream,
} from "@agentkit/core";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { type LogKind, logKinds } from "./logs.ts";
import { readOutcome } from "./outcome.ts";
import { countQuestions, readEffects } from "./records.ts";
import { runWorker } from "./run-worker.ts";
import { inThisProcess, newDirectory, type Scene } from "./scene.ts";
import { carryOn, ledgerOf, policyOf, questionsOf } from "./story.ts";

const session = "journey";

/** The requests whose answers are in the log, by hash. */
async function readAnswered(log: EventLog): Promise<readonly string[]> {
  const answered: string[] = [];
  let asked = "";
  for await (const stored of log.readStream(toSessionStream(session))) {
    const event = decodeEvent(stored);
    if (event.type === "ModelCallStarted") asked = event.data.requestHash;
    if (event.type === "ModelCallCompleted") answered.push(asked);
  }
  return answered;
}

/** A tool that declares `fail` is given up when nobody knows: its output is then that, and nothing else differs. */
function isGivenUp(item: Item): boolean {
  return isFunctionCallOutput(item) && item.call_id === "call_stamp" && /outcome_unknown/.test(JSON.stringify(item));
}

function withoutStamp(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome), (_key, value: unknown) => {
    const isOutput = typeof value === "object" && value !== null && "call_id" in value && "output" in value;
    return isOutput && value.call_id === "call_stamp" ? "the output of stamp" : value;
  });
}

interface Row {
  readonly n: number;
  readonly boundary: string;
  readonly outcome: string;
}

describe.each(logKinds)("killed on $name", async (kind: LogKind) => {
  const rows: Row[] = [];
  const home = await kind.start();
  afterAll(async () => home.close());
  const directory = newDirectory(afterAll);
  const reference = { directory, place: home.placeIn(directory), session };
  const { boundaries } = await runWorker({ ...reference, at: 0, signal: "SIGKILL" }, afterAll);
  const expected = await inThisProcess(reference, (_stage, kit) => readOutcome(kit, session));

  afterAll(() => {
    const lines = rows.map(
      ({ n, boundary, outcome }) => `${String(n).padStart(4)}  ${boundary.padEnd(104)}  ${outcome}`,
    );
    process.stdout.write(`\nSIGKILL at every boundary, on ${kind.name}\n${lines.join("\n")}\n`);
  });

  it("has a story with two tools side by side, a person's decision and approval, and three model calls", async () => {
    expect(boundaries.filter((boundary) => boundary === "after model call")).toHaveLength(3);
    const effects = boundaries.filter((boundary) => /^(before|after) effect/.test(boundary));
    expect(effects.toSorted()).toEqual(Object.keys(attemptsAt).toSorted());
    expect(new Set(Object.values(policyOf))).toEqual(new Set(["reconcile", "ask", "retry", "fail"]));
    expect(boundaries).toContainEqual(expect.stringMatching(/ToolCallOutcomeUnknown RunSuspended/));
    expect(boundaries).toContainEqual(
      expect.stringMatching(/^before append: ToolCallApproved RunResumed ToolCallStarted/),
    );
    expect(expected).toMatchObject({ active: undefined, turns: [{ status: "completed" }] });
  });

  it.each(boundaries.map((boundary, index) => ({ n: index + 1, boundary })))(
    "at boundary $n, $boundary, comes to the same",
    async ({ n, boundary }) => {
      const own = newDirectory(onTestFinished);
      const scene = { directory: own, place: home.placeIn(own), session };
      const end = await runWorker({ ...scene, at: n, signal: "SIGKILL" }, onTestFinished);
      expect(end).toEqual({ boundaries: boundaries.slice(0, n), ended: undefined, signal: "SIGKILL" });

      await inThisProcess(scene, async (stage, kit) => {
        const answered = await readAnswered(stage.log);
        const askedBefore = countQuestions(questionsOf(own));
        const result = await carryOn(kit, stage);
        const asked = countQuestions(questionsOf(own));
        for (const hash of answered) expect(asked.get(hash)).toBe(askedBefore.get(hash));
        expect(asked.size).toBe(3);

        const givenUp = result.items.some(isGivenUp);
        const outcome = await readOutcome(kit, session);
        const compared = givenUp ? withoutStamp : (whole: unknown) => whole;
        expect(compared(outcome)).toEqual(compared(expected));
        checkEffects(own, { givenUp, crashes: 1 });
        checkAttempts(own, boundary);
        await checkReplay(scene, outcome);
        rows.push({ n, boundary, outcome: `the same; ${describeEffects(own, givenUp)}` });
      });
    },
  );

  // Fewer than 11 would not do: so many it takes to make sure of the contents, ask the model, and record its answer.
  it.each([11, 12, 13, 15])(
    "at boundary %i of every process comes to the same at last",
    async (at) => {
      const own = newDirectory(onTestFinished);
      const scene = { directory: own, place: home.placeIn(own), session };
      let processes = 1;
      for (
        let end = await runWorker({ ...scene, at, signal: "SIGKILL" }, onTestFinished);
        end.signal === "SIGKILL";
        processes += 1
      ) {
        expect(processes).toBeLessThan(20);
        end = await runWorker({ ...scene, at, signal: "SIGKILL" }, onTestFinished);
      }
      await inThisProcess(scene, async (_stage, kit) => {
        const outcome = await readOutcome(kit, session);
        expect(withoutStamp(outcome)).toEqual(withoutStamp(expected));
        const { items } = await kit.result(session, await onlyRun(kit));
        checkEffects(own, { givenUp: items.some(isGivenUp), crashes: processes - 1 });
        await checkReplay(scene, outcome);
      });
      rows.push({ n: at, boundary: `in each of ${processes} processes`, outcome: "the same" });
    },
    30_000,
  );
});

async function onlyRun(kit: AgentKit): Promise<string> {
  const { turns } = await kit.load(session);
  expect(turns.length).toBe(1);
  return turns.last()?.run ?? "";
}

/** How often a tool may have had its effect, by what it declares, when `crashes` processes were killed. */
function allowedEffects(policy: string | undefined, { givenUp, crashes }: Circumstances): readonly [number, number] {
  if (policy === "fail") return [givenUp ? 0 : 1, 1];
  return [1, policy === "retry" ? 1 + crashes : 1];
}

interface Circumstances {
  readonly givenUp: boolean;
  readonly crashes: number;
}

function checkEffects(directory: string, circumstances: Circumstances): void {
  const effects = readEffects(ledgerOf(directory));
  for (const [tool, policy] of Object.entries(policyOf)) {
    const own = effects.filter((effect) => effect.tool === tool);
    const [least, most] = allowedEffects(policy, circumstances);
    expect(own.length, tool).toBeGreaterThanOrEqual(least);
    expect(own.length, tool).toBeLessThanOrEqual(most);
    expect(new Set(own.map(({ key }) => key)).size, tool).toBeLessThanOrEqual(1);
  }
}

/**
 * The attempts that have had their effect in the end when the process was killed right before or after the first one: only
 * `retry` has it again, only `fail` may leave it out.
 */
const attemptsAt: Readonly<Record<string, readonly [tool: string, attempts: readonly number[]]>> = {
  "before effect: reserve": ["reserve", [2]],
  "after effect: reserve": ["reserve", [1]],
  "before effect: pay": ["pay", [2]],
  "after effect: pay": ["pay", [1]],
  "before effect: notify": ["notify", [2]],
  "after effect: notify": ["notify", [1, 2]],
  "before effect: stamp": ["stamp", []],
  "after effect: stamp": ["stamp", [1]],
};

function checkAttempts(directory: string, boundary: string): void {
  const [tool, attempts] = attemptsAt[boundary] ?? [];
  if (tool === undefined) return;
  const own = readEffects(ledgerOf(directory)).filter((effect) => effect.tool === tool);
  expect(own.map(({ attempt }) => attempt)).toEqual(attempts);
}

function describeEffects(directory: string, givenUp: boolean): string {
  const effects = readEffects(ledgerOf(directory));
  const counts = Object.keys(policyOf).map((tool) => {
    return `${tool} ×${effects.filter((effect) => effect.tool === tool).length}`;
  });
  return `${counts.join(", ")}${givenUp ? " (stamp given up, the model was told)" : ""}`;
}

/** A process that has only the log folds it to the same, and replays it without a difference. */
async function checkReplay(scene: Scene, outcome: unknown): Promise<void> {
  await inThisProcess(scene, async (_stage, kit) => {
    expect(await readOutcome(kit, session)).toEqual(outcome);
    expect(await kit.replay(session)).toMatchObject({ status: "identical" });
  });
}
