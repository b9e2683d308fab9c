import { AgentKitError, defineAgent, defineTool, isFunctionCallOutput, surfaceSchema } from "@agentkit/core";
import { scriptedModel, type ScriptedAnswer } from "@agentkit/core/testing";
import { defineSafetyPolicy, type Detector, type FailureMode, type Surface } from "@agentkit/safety";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { findTraces } from "./find-traces.ts";
import { readDecisions } from "./read-decisions.ts";
import { openScene } from "./scene.ts";

/** The text that the detector fails at. */
const frail = "something brittle";

/** What it says when it fails, with a secret in it that a careless author put there. */
const complaint = ["sk", "live", "Th1sM4ttersT0N0b0dyElse99"].join("_");

type WayToFail = "throws" | "throws an error of AgentKit's" | "is late";

const reasons: Readonly<Record<WayToFail, string>> = {
  throws: "threw",
  "throws an error of AgentKit's": "input_invalid",
  "is late": "timeout",
};

const timeoutMs = 20;

/** A detector that fails at one text, on a clock that it moves itself. */
function frailDetector(way: WayToFail): { readonly detector: Detector; readonly timer: () => number } {
  let time = 0;
  const detector: Detector = {
    id: "custom:frail",
    version: "1",
    categories: ["custom.nothing"],
    detect({ original }) {
      if (!original.includes(frail)) return [];
      if (way === "throws") throw new TypeError(complaint);
      if (way === "throws an error of AgentKit's") throw new AgentKitError("input_invalid", complaint);
      time += timeoutMs + 1;
      return [];
    },
  };
  return { detector, timer: () => time };
}

interface Setting {
  readonly way: WayToFail;
  readonly surface: Surface;
  readonly onFailure: FailureMode;
}

/** Lets the text come by at a surface, and tells what became of it. */
async function letBy({ way, surface, onFailure }: Setting) {
  const { detector, timer } = frailDetector(way);
  const rule = { id: "r", detector: detector.id, surfaces: [surface], action: "block", onFailure, timeoutMs } as const;
  const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [detector] });
  const received: string[] = [];
  const use = defineTool({
    name: "use",
    description: "Uses a text.",
    input: z.object({ text: z.string() }),
    sideEffects: "none",
    run: async ({ text }, { guard }) => {
      if (surface === "memory_write" || surface === "outgoing_http") await guard(surface, frail);
      received.push(text);
      return surface === "tool_result" ? frail : "Used.";
    },
  });
  const argument = surface === "tool_arguments" ? frail : "something else";
  const script: readonly ScriptedAnswer[] = [
    { calls: [{ name: "use", arguments: { text: argument } }] },
    { text: surface === "model_output" ? frail : "Done." },
  ];
  const model = scriptedModel(script);
  const agents = [defineAgent({ name: "desk", model: "m", tools: [use] })];
  const directory = newDirectory();
  const scene = openScene({ directory, agents, model, policy, timer });
  onTestFinished(async () => scene[Symbol.asyncDispose]());
  const input = surface === "user_input" || surface === "append" ? frail : "Go.";
  const result = await scene.kit.run({ session: "s", input });
  const output = result.items.find(isFunctionCallOutput)?.output;
  return { ...scene, directory, received, result, output: JSON.stringify(output ?? ""), model };
}

type Outcome = Awaited<ReturnType<typeof letBy>>;

interface Path {
  readonly verdict: "block" | "require_approval" | "flag" | "redact";
  expect(outcome: Outcome): void;
}

const goesOn: Path = {
  verdict: "flag",
  expect: ({ result, received }) => {
    expect(result.outcome).toBe("completed");
    expect(received).toHaveLength(1);
  },
};

const stopsTheRun: Path = {
  verdict: "block",
  expect: ({ result }) => expect(result).toMatchObject({ outcome: "incomplete", reason: { code: "content_filter" } }),
};

const failsTheCall: Path = {
  verdict: "block",
  expect: ({ result, output, received }) => {
    expect(result.outcome).toBe("completed");
    expect(output).toContain("content_blocked");
    expect(received).toEqual([]);
  },
};

const withholdsTheResult: Path = {
  verdict: "block",
  expect: ({ result, output, received }) => {
    expect(result.outcome).toBe("completed");
    expect(output).not.toContain(frail);
    expect(received).toHaveLength(1);
  },
};

const waits: Path = {
  verdict: "require_approval",
  expect: ({ result, received }) => {
    expect(result.outcome).toBe("suspended");
    expect(received).toEqual([]);
  },
};

const keepsItOutOfTheLog: Path = {
  verdict: "redact",
  expect: ({ result, directory, model }) => {
    expect(result.outcome).toBe("completed");
    expect(findTraces(readDirectory(directory), [frail])).toEqual([]);
    expect(JSON.stringify(model.requests)).toContain("[[WITHHELD:");
  },
};

/** What is declared to happen at each surface. Where nobody can be asked, what would wait does not go on. */
const paths: Readonly<Record<Exclude<Surface, "assembled_prompt">, Readonly<Record<FailureMode, Path>>>> = {
  user_input: { closed: stopsTheRun, queue: waits, open: goesOn },
  model_output: { closed: stopsTheRun, queue: stopsTheRun, open: goesOn },
  tool_arguments: { closed: failsTheCall, queue: waits, open: goesOn },
  tool_result: { closed: withholdsTheResult, queue: withholdsTheResult, open: goesOn },
  memory_write: { closed: failsTheCall, queue: failsTheCall, open: goesOn },
  outgoing_http: { closed: failsTheCall, queue: failsTheCall, open: goesOn },
  append: { closed: keepsItOutOfTheLog, queue: keepsItOutOfTheLog, open: goesOn },
};

const ways: readonly WayToFail[] = ["throws", "throws an error of AgentKit's", "is late"];
const modes: readonly FailureMode[] = ["closed", "queue", "open"];

const cases = Object.entries(paths).flatMap(([surface, byMode]) =>
  modes.flatMap((onFailure) => ways.map((way) => ({ surface, onFailure, way, path: byMode[onFailure] }))),
);

describe("a detector", () => {
  it.each(cases)("that $way at $surface takes the path $onFailure", async ({ surface, onFailure, way, path }) => {
    const outcome = await letBy({ surface: surfaceSchema.parse(surface), onFailure, way });
    path.expect(outcome);
    const decisions = await readDecisions(outcome.log, "s");
    const failed = decisions.filter(({ degraded }) => degraded !== undefined);
    expect(failed[0]).toMatchObject({
      surface,
      verdict: path.verdict,
      degraded: { provider: "custom:frail", reason: reasons[way], failMode: onFailure },
    });
    expect(await outcome.kit.replay("s")).toMatchObject({ status: "identical" });
    expect(findTraces(readDirectory(outcome.directory), [complaint])).toEqual([]);
  });
});
