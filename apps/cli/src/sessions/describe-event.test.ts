import { eventCatalogue, isEventType, type JsonObject, type StoredEvent } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { createEventDescriber } from "./describe-event.ts";

function event(type: string, data: JsonObject, version = currentVersion(type)): StoredEvent {
  const id = "b5a1f9f0-0000-5000-8000-000000000000";
  const time = "2026-11-22T13:00:00.000Z";
  return { id, type, version, time, data, meta: {}, stream: "session-a", revision: 0, position: "1" };
}

function currentVersion(type: string): number {
  return isEventType(type) ? eventCatalogue[type].version : 1;
}

const eve = { user: "eve", roles: ["manager"] };
const approval = {
  id: "a",
  approver: eve,
  policy: "p@1",
  expires: "2026-11-22T14:00:00.000Z",
  keyId: "k",
  signature: "s",
};
const hash = `sha256:${"0".repeat(64)}`;
const decisions = [
  { effect: "allow", rule: "everybody", tools: ["look"] },
  { effect: "deny", rule: "admins-only", tools: ["wipe", "drop"] },
];

const rule = (id: string, count: number) => ({ id, detector: "d@1", category: "c", score: 1, count });
const decision = {
  surface: "tool_arguments",
  callId: "call_1",
  verdict: "redact",
  mode: "enforce",
  rules: [rule("secrets", 2), rule("mail", 1), rule("secrets", 1)],
  policy: { id: "p", version: "1", hash },
  latencyMs: 1,
};
const say = { type: "message", role: "user", content: "hello" };

describe("createEventDescriber", () => {
  it.each([
    ["SessionForked", { parent: { session: "a", revision: 4 }, overrides: { model: "m" } }, "from a at 4, other model"],
    ["PromptReceived", { items: [say] }, "hello"],
    ["RunFailed", { code: "model_timeout", message: "Too slow." }, "model_timeout: Too slow."],
    ["RunSuspended", { reason: "outcome_unknown", calls: ["call_1"] }, "outcome_unknown: call_1"],
    [
      "ToolCallOutcomeUnknown",
      { callId: "call_1", reason: "interrupted", policy: "ask" },
      "OUTCOME UNKNOWN, interrupted; policy ask · call_1",
    ],
    ["RunSuspended", { reason: "approval_required", calls: ["call_1"] }, "approval_required: call_1"],
    ["RunSuspended", { reason: "waiting", calls: ["call_1"] }, "waiting: call_1"],
    ["RunSuspended", { reason: "moderation", calls: [] }, "moderation: the prompt is held"],
    ["ModerationDecided", decision, "redact tool_arguments: secrets ×3, mail ×1 · call_1"],
    [
      "ModerationDecided",
      { ...decision, callId: undefined, surface: "user_input", verdict: "block", mode: "observe", rules: [] },
      "would block user_input (only observed)",
    ],
    [
      "ModerationDecided",
      {
        ...decision,
        surface: "user_input",
        verdict: "require_approval",
        rules: [],
        degraded: { provider: "moderation", reason: "timeout", failMode: "queue" },
      },
      "require_approval user_input: moderation FAILED (timeout), queue · call_1",
    ],
    [
      "ModerationDecided",
      { ...decision, verdict: "allow", rules: [rule("mail", 2)], override: "b5a1f9f0-0000-5000-8000-000000000000" },
      "allow tool_arguments: mail ×2, let through by override b5a1f9f0 · call_1",
    ],
    [
      "OverrideGranted",
      { rule: "mail", reason: "ticket\n12", scope: "session:a", expires: "2026-11-23T00:00:00.000Z" },
      "rule mail, scope session:a, until 2026-11-23T00:00:00Z, by nobody named: ticket ⏎ 12",
    ],
    ["RunResumed", { reason: "continued" }, "continued"],
    [
      "SessionStarted",
      { agent: "b", parent: { session: "s", run: "r", callId: "call_1" } },
      "agent b, for call call_1 of session s",
    ],
    [
      "RunStarted",
      { run: "r", agent: "b", request: { principal: { user: "ada", tenant: "acme", roles: [] } } },
      "run r, agent b, for ada of acme",
    ],
    ["AccessDecided", { agent: "b", decisions }, "shown look (rule everybody) · hidden wipe, drop (rule admins-only)"],
    [
      "AccessDecided",
      { agent: "b", callId: "call_1", decisions: decisions.slice(1) },
      "denied wipe, drop (rule admins-only) · call_1",
    ],
    [
      "ApprovalRequested",
      {
        callId: "call_1",
        approval: "a",
        tool: "pay",
        argumentsHash: hash,
        roles: ["manager", "owner"],
        policy: "p@1",
        validForMs: 60_000,
      },
      "pay: waits for manager or owner until 2026-11-22T13:01:00Z · call_1",
    ],
    [
      "ApprovalVoided",
      { callId: "call_1", approval: "a", reason: "expired" },
      "approval does not hold: expired · call_1",
    ],
    [
      "ApprovalRefused",
      { reason: "role_missing", session: "s", outcome: "approve", approver: { roles: ["clerk"] }, callId: "call_1" },
      "role_missing: nobody named (clerk) wanted to approve · call_1",
    ],
    ["ApprovalRefused", { reason: "forged", approver: { roles: [] } }, "forged: nobody named wanted to decide"],
    [
      "ToolCallApproved",
      { callId: "call_1", argumentsHash: hash, approval, arguments: '{"a":2}', reason: "fine" },
      'by eve (manager), with other arguments {"a":2}: fine · call_1',
    ],
    ["ToolCallApproved", { callId: "call_1", argumentsHash: hash }, "by nobody named · call_1"],
    [
      "ToolCallDenied",
      { callId: "call_1", code: "approval_denied", message: "No.", approval: { id: "a", approver: eve } },
      "approval_denied by eve (manager): No. · call_1",
    ],
    [
      "ToolCallSuspended",
      { callId: "call_1", waitsFor: { type: "time", until: "2026-11-23T00:00:00.000Z" } },
      "waits for 2026-11-23T00:00:00.000Z · call_1",
    ],
    [
      "ToolCallSuspended",
      { callId: "call_1", waitsFor: { type: "sub_run", session: "s" } },
      "waits for the run in session s · call_1",
    ],
    [
      "HandoffDecided",
      { from: "a", to: "b", reason: "It is\nabout money.", context: "summary", callId: "call_1" },
      "a → b, context summary: It is ⏎ about money.",
    ],
    [
      "SubRunStarted",
      { session: "s", run: "r", agent: "b", callId: "call_1", reason: "it knows" },
      "b: it knows · call_1 · session s",
    ],
    [
      "SubRunCompleted",
      {
        session: "s",
        run: "r",
        status: "failed",
        spent: { modelCalls: 1, toolCalls: 2, tokens: 12_345, costMicroUsd: 1_500 },
      },
      "failed, 1 model call, 2 tool calls, 12,345 tokens, $0.001500 · session s",
    ],
    ["SessionEnded", { reason: "done" }, '{"reason":"done"}'],
  ])("says what %s records", (type, data, words) => {
    expect(createEventDescriber()(event(type, data))).toBe(words);
  });

  it("names the tool in each event of a call, what happened first and the call's id last", () => {
    const call = { type: "function_call", call_id: "call_1", name: "add", arguments: '{"a":1}' };
    const started = { callId: "call_1", attempt: 2, idempotencyKey: "0".repeat(24) };
    const describeEvent = createEventDescriber();
    const said = [
      event("ModelCallCompleted", { status: "completed", output: [call] }),
      event("ToolCallRequested", { callId: "call_1", tool: "add" }),
      event("ToolCallStarted", started),
      event("ToolCallSucceeded", { callId: "call_1", output: "2" }),
    ].map(describeEvent);
    expect(said.slice(1)).toEqual(['add({"a":1}) · call_1', 'add({"a":1}), attempt 2 · call_1', "add: 2 · call_1"]);
    const inFork = createEventDescriber();
    expect(inFork(event("ToolCallSucceeded", { callId: "call_1", output: "2" }))).toBe("2 · call_1");
  });

  it.each([
    ["a type it does not know", event("SomethingElse", { a: 1 })],
    ["a version it does not know", event("RunFailed", { a: 1 }, 99)],
    ["damaged data", event("RunFailed", { a: 1 })],
  ])("shows %s as it is", (_title, stored) => {
    expect(createEventDescriber()(stored)).toBe('{"a":1}');
  });
});
