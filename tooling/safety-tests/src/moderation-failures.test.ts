import { defineAgent } from "@agentkit/core";
import { fixedClock, scriptedModel } from "@agentkit/core/testing";
import { createOpenAIModerator } from "@agentkit/openai";
import { drop, error, notJson, type OpenAIDouble, type Reply, stall, startOpenAIDouble } from "@agentkit/openai-double";
import {
  createModerationService,
  defineSafetyPolicy,
  type FailureMode,
  type ModerationService,
  type SafetyPolicy,
} from "@agentkit/safety";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { findTraces } from "./find-traces.ts";
import { readDecisions, readTypes } from "./read-decisions.ts";
import { openScene } from "./scene.ts";

const apiKey = ["sk", "proj", "M0derat10nK3yThatN0b0dyMayS33aB9"].join("-");
const answer = "Here is the whole of the answer.";
const agents = [defineAgent({ name: "desk", model: "m" })];

let double: OpenAIDouble;
beforeAll(async () => {
  double = await startOpenAIDouble();
});
afterEach(() => double.reset());
afterAll(async () => double.close());

type Surface = "user_input" | "model_output";

function moderatedPolicy(surface: Surface, onFailure: FailureMode, timeoutMs: number): SafetyPolicy {
  const rule = {
    id: "harm",
    detector: "moderation",
    surfaces: [surface],
    action: "require_approval",
    bands: { "*": { review: 0.4, block: 0.8 } },
    onFailure,
    timeoutMs,
  } as const;
  return defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [] });
}

interface Setting {
  readonly policy: SafetyPolicy;
  readonly moderation?: ModerationService;
}

function setUp({ policy, moderation }: Setting) {
  const directory = newDirectory();
  const model = scriptedModel(() => ({ text: answer }));
  const moderator = createOpenAIModerator({ apiKey, baseURL: double.url });
  const service = moderation ?? createModerationService({ moderator });
  const scene = openScene({ directory, agents, model, policy, moderation: service });
  onTestFinished(async () => scene[Symbol.asyncDispose]());
  return { ...scene, directory, model };
}

/** Runs a turn as a stream, and gives the text that came while it did. */
async function say({ kit }: Pick<ReturnType<typeof setUp>, "kit">, input: string) {
  const stream = await kit.stream({ session: "s", input });
  let streamed = "";
  for await (const part of stream)
    if (part.type === "delta" && part.delta.type === "text.delta") streamed += part.delta.delta;
  return { streamed, result: await kit.result("s", stream.run) };
}

interface Failure {
  readonly reason: string;
  readonly reply: Reply;
  /** Of the request or its credentials, which is nobody's outage. */
  readonly isConfiguration?: true;
  readonly timeoutMs?: number;
}

const failures: Readonly<Record<string, Failure>> = {
  "is slow": { reason: "model_timeout", reply: stall(), timeoutMs: 100 },
  "answers 429": { reason: "model_rate_limited", reply: error({ status: 429, message: `Slow down, ${apiKey}.` }) },
  "answers 500": { reason: "model_overloaded", reply: error({ status: 500, message: `Broken at ${apiKey}.` }) },
  "answers 401": {
    reason: "model_authentication_failed",
    reply: error({ status: 401, message: `Wrong key: ${apiKey}.` }),
    isConfiguration: true,
  },
  "answers 400": {
    reason: "model_request_rejected",
    reply: error({ status: 400, message: `Cannot judge for ${apiKey}.` }),
    isConfiguration: true,
  },
  "answers something else": { reason: "model_response_invalid", reply: notJson() },
  "drops the connection": { reason: "model_unreachable", reply: drop() },
};

const modes: readonly FailureMode[] = ["closed", "queue", "open"];

const cases = Object.entries(failures).flatMap(([title, failure]) =>
  modes.map((mode) => {
    const effective: FailureMode = failure.isConfiguration === true ? "closed" : mode;
    return { title, mode, failure, effective };
  }),
);

/** What the log says of a failure, by the path that it took. */
function degraded({ reason }: Failure, failMode: FailureMode) {
  return { provider: "moderation", reason, failMode };
}

describe("what a user says, while the moderation", () => {
  it.each(cases)("$title and the rule says $mode", async ({ mode, failure, effective }) => {
    const policy = moderatedPolicy("user_input", mode, failure.timeoutMs ?? 15_000);
    double.use({ at: "moderations", reply: failure.reply });
    const scene = setUp({ policy });
    const { result } = await say(scene, "Hello");
    const expected = {
      closed: { verdict: "block", outcome: "incomplete", asked: 0, types: ["RunCompleted"] },
      queue: { verdict: "require_approval", outcome: "suspended", asked: 0, types: ["PromptReceived", "RunSuspended"] },
      open: { verdict: "flag", outcome: "completed", asked: 1, types: ["PromptReceived", "RunCompleted"] },
    }[effective];
    const [decision, ...rest] = await readDecisions(scene.log, "s");
    expect(decision).toMatchObject({
      surface: "user_input",
      verdict: expected.verdict,
      degraded: degraded(failure, effective),
    });
    expect(rest).toEqual([]);
    expect(result.outcome).toBe(expected.outcome);
    expect(scene.model.requests).toHaveLength(expected.asked);
    const types = await readTypes(scene.log, "s");
    expect(types.filter((type) => ["PromptReceived", "RunSuspended", "RunCompleted"].includes(type))).toEqual(
      expected.types,
    );
    expect(await scene.kit.replay("s")).toMatchObject({ status: "identical" });
    expect(findTraces(readDirectory(scene.directory), [apiKey])).toEqual([]);
  });

  it("was away goes on by itself as soon as it is back", async () => {
    double.use({ at: "moderations", reply: error({ status: 500 }) });
    const scene = setUp({ policy: moderatedPolicy("user_input", "queue", 15_000) });
    await say(scene, "Hello");
    expect(await scene.kit.recover({ skipSuspended: true })).toMatchObject([{ status: "suspended" }]);
    double.reset();
    expect(await scene.kit.recover({ skipSuspended: true })).toMatchObject([
      { status: "resumed", result: { outcome: "completed", text: answer } },
    ]);
    const decisions = await readDecisions(scene.log, "s");
    expect(decisions.map(({ verdict, degraded: failed }) => [verdict, failed?.failMode])).toEqual([
      ["require_approval", "queue"],
      ["allow", undefined],
    ]);
    expect(await scene.kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

describe("what a model says, streamed, while the moderation", () => {
  it.each(cases)("$title and the rule says $mode", async ({ mode, failure, effective }) => {
    const policy = moderatedPolicy("model_output", mode, failure.timeoutMs ?? 15_000);
    double.use({ at: "moderations", reply: failure.reply });
    const scene = setUp({ policy });
    const { streamed, result } = await say(scene, "Hello");
    const [decision] = await readDecisions(scene.log, "s");
    // Nobody can be asked about an answer while it streams: what would wait for a person does not go on.
    const passes = effective === "open";
    expect(decision).toMatchObject({
      surface: "model_output",
      verdict: passes ? "flag" : "block",
      degraded: degraded(failure, effective),
    });
    expect(streamed).toBe(passes ? answer : "");
    expect(result.outcome).toBe(passes ? "completed" : "incomplete");
    expect(result.reason?.code).toBe(passes ? undefined : "content_filter");
    const kept = findTraces(readDirectory(scene.directory), [answer]);
    expect(kept.length > 0).toBe(passes);
    expect(await scene.kit.replay("s")).toMatchObject({ status: "identical" });
    expect(findTraces(readDirectory(scene.directory), [apiKey])).toEqual([]);
  });
});

describe("a moderation that keeps failing", () => {
  it("is left alone for a while, and asked again after it", async () => {
    const clock = fixedClock();
    const moderator = createOpenAIModerator({ apiKey, baseURL: double.url });
    const moderation = createModerationService({ moderator, clock, failures: 3, openMs: 30_000 });
    double.use({ at: "moderations", reply: error({ status: 500 }) });
    const scene = setUp({ policy: moderatedPolicy("user_input", "open", 15_000), moderation });
    for (const word of ["one", "two", "three", "four", "five"]) await say(scene, word);
    expect(double.requests).toHaveLength(3);
    clock.advance(30_000);
    double.reset();
    await say(scene, "six");
    await say(scene, "seven");
    expect(double.requests).toHaveLength(2);
    const reasons = (await readDecisions(scene.log, "s")).map((decision) => decision.degraded?.reason);
    const broken = "model_overloaded";
    expect(reasons).toEqual([broken, broken, broken, "circuit_open", "circuit_open", undefined, undefined]);
  });
});
