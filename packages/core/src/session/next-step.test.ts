import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { FunctionCallItem, Item } from "../model/items.ts";
import { given } from "../testing/given.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import { toRunDefinition } from "./run-definition.ts";
import { toIntents } from "./intents.ts";
import { toInterruption } from "./interruption.ts";

const look = defineTool({
  name: "look",
  description: "Looks.",
  input: z.object({}),
  sideEffects: "none",
  run: () => "",
});
const pay = defineTool({ name: "pay", description: "Pays.", input: z.object({}), run: () => "" });
const send = defineTool({
  name: "send",
  description: "Sends.",
  input: z.object({}),
  onUnknownOutcome: "reconcile",
  run: () => "",
  reconcile: () => ({ status: "unknown" }),
});
const agent = defineAgent({
  name: "clerk",
  model: "m",
  tools: [look, pay, send],
  limits: { modelCalls: 2, modelRetries: 1, retryDelayMs: 100 },
});

const started: EventDraft = { type: "RunStarted", data: { run: "run", agent: "clerk" } };
const prompted: EventDraft = {
  type: "PromptReceived",
  data: { items: [{ type: "message", role: "user", content: "Go" }] },
};
const hash = `sha256:${"0".repeat(64)}` as const;

function call(name: string, id: string = name): FunctionCallItem {
  return { type: "function_call", call_id: id, name, arguments: "{}" };
}

function asked(attempt: number = 1): EventDraft {
  return { type: "ModelCallStarted", data: { attempt, model: "m", requestHash: hash } };
}

function answered(...output: readonly Item[]): EventDraft {
  return { type: "ModelCallCompleted", data: { status: "completed", output: [...output] } };
}

function failed(data: {
  readonly code?: string;
  readonly retryable?: boolean;
  readonly delivered?: boolean;
  readonly retryAfterMs?: number;
}): EventDraft {
  return {
    type: "ModelCallFailed",
    data: { code: "model_overloaded", message: "Busy.", retryable: true, delivered: false, ...data },
  };
}

function requested(tool: string, onUnknownOutcome: "retry" | "reconcile" | "ask" | "fail"): EventDraft {
  return { type: "ToolCallRequested", data: { callId: tool, tool, onUnknownOutcome } };
}

function toolStarted(callId: string, attempt: number = 1): EventDraft {
  return { type: "ToolCallStarted", data: { callId, attempt, idempotencyKey: "key" } };
}

function unknown(callId: string, policy: "retry" | "reconcile" | "ask" | "fail"): EventDraft {
  return { type: "ToolCallOutcomeUnknown", data: { callId, reason: "interrupted", policy } };
}

function stepAfter(...drafts: readonly EventDraft[]) {
  return given(...drafts).when(agent).step;
}

function intentsAfter(...drafts: readonly EventDraft[]): readonly EventDraft[] {
  return toIntents(stepAfter(...drafts), toRunDefinition(agent, {}));
}

const running = [started, prompted, asked()] as const;

describe("nextStep", () => {
  it("rests in a session without a run, and after one", () => {
    expect(stepAfter().type).toBe("rest");
    expect(stepAfter(...running, answered(), { type: "RunCompleted", data: { outcome: "answered" } }).type).toBe(
      "rest",
    );
    expect(stepAfter(...running, { type: "RunCancelled", data: { reason: "" } }).type).toBe("rest");
  });

  it("rests while a person has to decide", () => {
    const suspended: EventDraft = { type: "RunSuspended", data: { reason: "outcome_unknown", calls: ["pay"] } };
    expect(stepAfter(...running, answered(call("pay")), suspended).type).toBe("rest");
  });

  it("asks the model, and puts context and start into the log first", () => {
    const specification = given(started, prompted).when(agent);
    const { step } = specification;
    if (step.type !== "callModel") throw new Error(step.type);
    const tools = toRunDefinition(agent, {}).contents.tools?.hash;
    if (tools === undefined) throw new Error("no tools");
    expect(step).toMatchObject({ attempt: 1, delayMs: 0, requestHash: contentHash(canonicalJson(step.request)) });
    const intents: readonly EventDraft[] = [
      { type: "ContextAssembled", data: { from: 0, to: 1, items: 1, window: "recent-turns(24,16000)" } },
      { type: "ModelCallStarted", data: { attempt: 1, model: "m", tools, requestHash: step.requestHash } },
    ];
    expect(toIntents(step, toRunDefinition(agent, {}))).toEqual(intents);
    expect(() => specification.expect(...intents)).not.toThrow();
    expect(() => specification.expect(...intents.slice(1))).toThrow(/Expected values to be strictly deep-equal/);
  });

  it("waits while the model answers", () => {
    expect(stepAfter(...running).type).toBe("wait");
  });

  it("finishes when the answer asks for nothing", () => {
    expect(intentsAfter(...running, answered({ type: "message", role: "assistant", content: "Done." }))).toEqual([
      { type: "RunCompleted", data: { outcome: "answered" } },
    ]);
  });

  it("finishes as incomplete when the model stopped early, whatever it asked for", () => {
    const incomplete: EventDraft = {
      type: "ModelCallCompleted",
      data: { status: "incomplete", incompleteReason: "max_output_tokens", output: [call("look")] },
    };
    expect(intentsAfter(...running, incomplete)).toEqual([
      { type: "RunCompleted", data: { outcome: "incomplete", reason: "max_output_tokens" } },
    ]);
  });

  it("records what each tool declares before it starts any", () => {
    expect(intentsAfter(...running, answered(call("look"), call("pay"), call("nothing")))).toEqual([
      {
        type: "ToolCallRequested",
        data: { callId: "look", tool: "look", sideEffects: "none", onUnknownOutcome: "retry" },
      },
      {
        type: "ToolCallRequested",
        data: { callId: "pay", tool: "pay", sideEffects: "unsafe", onUnknownOutcome: "ask" },
      },
      { type: "ToolCallRequested", data: { callId: "nothing", tool: "nothing" } },
    ]);
  });

  it("starts the tools that can be, and denies the others", () => {
    const step = stepAfter(
      ...running,
      answered(call("look"), { ...call("pay"), arguments: "[]" }, call("nothing")),
      requested("look", "retry"),
      requested("pay", "ask"),
      requested("nothing", "ask"),
    );
    expect(step).toMatchObject({
      type: "callTools",
      calls: [{ call: { callId: "look" }, attempt: 1 }],
      denied: [
        { call: { callId: "pay" }, code: "arguments_invalid" },
        { call: { callId: "nothing" }, code: "tool_not_found" },
      ],
    });
  });

  it("waits for the tools that run", () => {
    expect(stepAfter(...running, answered(call("look")), requested("look", "retry"), toolStarted("look")).type).toBe(
      "wait",
    );
  });

  it("asks the model again when all calls are settled", () => {
    const succeeded: EventDraft = { type: "ToolCallSucceeded", data: { callId: "look", output: "sea" } };
    const step = stepAfter(
      ...running,
      answered(call("look")),
      requested("look", "retry"),
      toolStarted("look"),
      succeeded,
    );
    expect(step).toMatchObject({
      type: "callModel",
      attempt: 1,
      request: {
        input: [{ type: "message" }, { type: "function_call" }, { type: "function_call_output", output: "sea" }],
      },
    });
  });

  it("fails when the model was asked as often as the limit allows", () => {
    const denied: EventDraft = { type: "ToolCallDenied", data: { callId: "look", code: "refused", message: "No." } };
    const round = [asked(), answered(call("look")), denied];
    expect(intentsAfter(started, prompted, ...round, ...round)).toEqual([
      {
        type: "RunFailed",
        data: {
          code: "run_call_limit_exceeded",
          message: "The run has asked the model 2 times, which is its limit (limits.modelCalls).",
        },
      },
    ]);
  });

  it("tries again what may succeed later, after the delay that was asked for or one of its own", () => {
    expect(stepAfter(...running, failed({}))).toMatchObject({ type: "callModel", attempt: 2, delayMs: 100 });
    expect(stepAfter(...running, failed({ retryAfterMs: 7 }))).toMatchObject({ type: "callModel", delayMs: 7 });
  });

  it.each([
    ["cannot succeed", [failed({ retryable: false })]],
    ["was partly delivered", [failed({ delivered: true })]],
    ["failed too often", [failed({}), asked(2), failed({})]],
  ])("fails the run when the call %s", (_name, drafts) => {
    expect(intentsAfter(...running, ...drafts)).toEqual([
      { type: "RunFailed", data: { code: "model_overloaded", message: "Busy." } },
    ]);
  });

  it("asks at once and without counting when nobody refused: the process had ended", () => {
    const interrupted = failed({ code: "run_interrupted" });
    const step = stepAfter(started, prompted, asked(2), interrupted, asked(2), interrupted);
    expect(step).toMatchObject({ type: "callModel", attempt: 2, delayMs: 0 });
  });

  it.each([
    ["retry", 1, { type: "callTools", calls: [{ attempt: 2 }] }],
    ["retry", 3, { type: "suspend" }],
    ["ask", 1, { type: "suspend", calls: [{ callId: "send" }] }],
    ["reconcile", 1, { type: "reconcileTools", calls: [{ call: { callId: "send" } }] }],
    ["fail", 1, { type: "callModel" }],
  ] as const)("follows the policy %s for an unknown outcome, after %i starts", (policy, attempts, step) => {
    const start = toolStarted("send", attempts);
    expect(
      stepAfter(...running, answered(call("send")), requested("send", policy), start, unknown("send", policy)),
    ).toMatchObject(step);
  });

  it("asks a person only when nothing else is left to do", () => {
    const history = [
      ...running,
      answered(call("pay"), call("look")),
      requested("pay", "ask"),
      requested("look", "retry"),
    ];
    const starts = [toolStarted("pay"), toolStarted("look")];
    const both = [...history, ...starts, unknown("pay", "ask"), unknown("look", "retry")];
    expect(stepAfter(...both)).toMatchObject({ type: "callTools", calls: [{ call: { callId: "look" } }] });
    const settled: EventDraft = { type: "ToolCallSucceeded", data: { callId: "look", output: "" } };
    expect(intentsAfter(...both, toolStarted("look", 2), settled)).toEqual([
      { type: "RunSuspended", data: { reason: "outcome_unknown", calls: ["pay"] } },
    ]);
  });

  it("asks a person about a call whose tool can no longer tell", () => {
    const history = [...running, answered(call("pay")), requested("pay", "reconcile"), toolStarted("pay")];
    expect(stepAfter(...history, unknown("pay", "reconcile"))).toMatchObject({ type: "suspend" });
  });
});

describe("toInterruption", () => {
  it("tells that the answer under way is lost, and the outcomes of the tools that ran", () => {
    const answering = given(...running).state.active;
    const history = [
      ...running,
      answered(call("pay"), call("look")),
      requested("pay", "ask"),
      requested("look", "retry"),
    ];
    const done: EventDraft = { type: "ToolCallSucceeded", data: { callId: "look", output: "" } };
    const paying = given(...history, toolStarted("pay"), toolStarted("look"), done).state.active;
    if (answering === undefined || paying === undefined) throw new Error("no run");
    expect(toInterruption(answering)).toMatchObject([
      { type: "RunResumed", data: { reason: "interrupted" } },
      { type: "ModelCallFailed", data: { code: "run_interrupted" } },
    ]);
    expect(toInterruption(paying)).toEqual([
      { type: "RunResumed", data: { reason: "interrupted" } },
      { type: "ToolCallOutcomeUnknown", data: { callId: "pay", reason: "interrupted", policy: "ask" } },
    ]);
  });
});

describe("the fold", () => {
  it("does not look at times, nor at facts that other projections read", () => {
    const feedback: EventDraft = { type: "FeedbackReceived", data: { event: "e", score: 1 } };
    const [plain, noted] = [given(started, prompted), given(started, prompted, feedback)];
    const later = noted.events.map((event) => ({ ...event, time: "2030-01-01T00:00:00.000Z" }));
    expect(later).toHaveLength(3);
    expect(noted.state.active?.turn.items.toArray()).toEqual(plain.state.active?.turn.items.toArray());
    expect(noted.when(agent).step.type).toBe("callModel");
  });

  it("takes an outcome once: what comes after it changes nothing", () => {
    const succeeded: EventDraft = { type: "ToolCallSucceeded", data: { callId: "look", output: "sea" } };
    const again: EventDraft = { type: "ToolCallFailed", data: { callId: "look", code: "x", message: "y" } };
    const history = [...running, answered(call("look")), requested("look", "retry"), toolStarted("look"), succeeded];
    const [once, twice] = [given(...history), given(...history, again)];
    expect(twice.state.active?.turn.items.toArray()).toEqual(once.state.active?.turn.items.toArray());
  });

  it("passes over events of calls and runs that it does not know", () => {
    const stray: readonly EventDraft[] = [
      asked(),
      answered(),
      { type: "PromptReceived", data: { items: [{ type: "message" }] } },
      { type: "RunCompleted", data: { outcome: "answered" } },
      toolStarted("nobody"),
    ];
    const { state } = given(...stray);
    expect(state).toMatchObject({ active: undefined, revision: 4, turns: { length: 0 } });
    expect(given(...running, toolStarted("nobody")).state.active?.calls.size).toBe(0);
  });

  it("adds up what the calls of a run used", () => {
    const usage = {
      uncachedInputTokens: 1,
      cacheReadTokens: 2,
      cacheWriteTokens: 3,
      outputTokens: 4,
      reasoningTokens: 5,
    };
    const answer: EventDraft = { type: "ModelCallCompleted", data: { status: "completed", output: [], usage } };
    expect(given(...running, answer, asked(), answer).state.active?.turn.usage).toEqual({
      uncachedInputTokens: 2,
      cacheReadTokens: 4,
      cacheWriteTokens: 6,
      outputTokens: 8,
      reasoningTokens: 10,
    });
  });
});
