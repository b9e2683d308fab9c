import { describe, expect, it } from "vitest";
import type { EventData, EventDraft } from "../events/catalogue.ts";
import { contentHash } from "../json/content-hash.ts";
import { evolve } from "../session/evolve.ts";
import { initialState } from "../session/session-state.ts";
import type { SessionState } from "../session/session-state.ts";
import { given } from "../testing/given.ts";
import { toPlain } from "../kit/session-harness.test.support.ts";
import { foldVersion } from "./fold-version.ts";
import { fromSnapshot, toSnapshot } from "./session-snapshot.ts";

const hash = `sha256:${"0".repeat(64)}` as const;
const usage = {
  uncachedInputTokens: 3,
  cacheReadTokens: 2,
  cacheWriteTokens: 1,
  outputTokens: 5,
  reasoningTokens: 4,
};

const asks = (attempt: number): EventDraft => ({
  type: "ModelCallStarted",
  data: { attempt, model: "scripted", requestHash: hash },
});

const answers = (...output: readonly Record<string, string>[]): EventDraft => ({
  type: "ModelCallCompleted",
  data: { status: "completed", output: output.map((item) => ({ type: "message", ...item })), usage },
});

const calls = (...ids: readonly string[]): EventDraft =>
  answers(
    { type: "reasoning", id: "r" },
    ...ids.map((id) => ({ type: "function_call", call_id: id, name: "tool", arguments: "{}" })),
  );

const startsRun: readonly EventDraft[] = [
  { type: "RunStarted", data: { run: "run", agent: "agent", request: { instructions: hash, previousRun: "before" } } },
  { type: "PromptReceived", data: { items: [{ type: "message", role: "user", content: "Question" }] } },
];

/** Runs that end in every way, so that a change of any part of the fold shows. */
const history: readonly EventDraft[] = [
  { type: "SessionStarted", data: { agent: "agent" } },
  { type: "SessionForked", data: { parent: { session: "p", revision: 3 }, overrides: { model: "other" } } },
  ...startsRun,
  asks(1),
  { type: "ModelCallFailed", data: { code: "model_overloaded", message: "Busy.", retryable: true, delivered: false } },
  asks(2),
  calls("c1", "c2", "c3"),
  { type: "ToolCallRequested", data: { callId: "c1", tool: "tool", sideEffects: "unsafe", onUnknownOutcome: "ask" } },
  { type: "ToolCallRequested", data: { callId: "c2", tool: "tool", sideEffects: "none", onUnknownOutcome: "retry" } },
  { type: "ToolCallDenied", data: { callId: "c3", code: "tool_not_found", message: "No such tool." } },
  { type: "ToolCallStarted", data: { callId: "c1", attempt: 1, idempotencyKey: "k1" } },
  { type: "ToolCallStarted", data: { callId: "c2", attempt: 1, idempotencyKey: "k2" } },
  { type: "ToolCallSucceeded", data: { callId: "c2", output: "two" } },
  { type: "ToolCallOutcomeUnknown", data: { callId: "c1", reason: "interrupted", policy: "ask" } },
  { type: "RunSuspended", data: { reason: "outcome_unknown", calls: ["c1"] } },
  { type: "RunResumed", data: { reason: "decided" } },
  { type: "ToolCallFailed", data: { callId: "c1", code: "tool_failed", message: "It did not." } },
  asks(1),
  answers({ role: "assistant", content: "Answer" }),
  { type: "RunCompleted", data: { outcome: "answered" } },
  ...startsRun,
  asks(1),
  calls("c4"),
  { type: "RunCompleted", data: { outcome: "client_tools" } },
  startsRun[0] ?? asks(1),
  { type: "PromptReceived", data: { items: [{ type: "function_call_output", call_id: "c4", output: "four" }] } },
  asks(1),
  { type: "ModelCallCompleted", data: { status: "incomplete", incompleteReason: "max_output_tokens", output: [] } },
  { type: "RunCompleted", data: { outcome: "incomplete", reason: "max_output_tokens" } },
  ...startsRun,
  { type: "RunFailed", data: { code: "model_request_rejected", message: "Refused." } },
  ...startsRun,
  { type: "RunCancelled", data: { reason: "The caller cancelled it." } },
];

const approval = { id: "a1", approver: { user: "eve", roles: [] }, policy: "p", expires: "2026-01-02T00:00:00.000Z" };

/** A run with approvals, a handoff and a sub-run, in a session that is one itself. */
const together: readonly EventDraft[] = [
  { type: "SessionStarted", data: { agent: "agent", parent: { session: "p", run: "r", callId: "c" } } },
  ...startsRun,
  { type: "AccessDecided", data: { agent: "agent", decisions: [{ effect: "allow", rule: "r", tools: ["tool"] }] } },
  asks(1),
  calls("c1", "c2", "c3"),
  { type: "ToolCallRequested", data: { callId: "c1", tool: "tool", sideEffects: "unsafe", onUnknownOutcome: "ask" } },
  { type: "ToolCallRequested", data: { callId: "c2", tool: "tool", sideEffects: "none", onUnknownOutcome: "retry" } },
  { type: "ToolCallRequested", data: { callId: "c3", tool: "transfer_to_other" } },
  {
    type: "ApprovalRequested",
    data: {
      callId: "c1",
      approval: "a1",
      tool: "tool",
      argumentsHash: hash,
      roles: [],
      policy: "p",
      validForMs: 1_000,
    },
  },
  { type: "ToolCallStarted", data: { callId: "c2", attempt: 1, idempotencyKey: "k2" } },
  { type: "SubRunStarted", data: { session: "child", run: "child-run", agent: "other", callId: "c2" } },
  { type: "ToolCallSuspended", data: { callId: "c2", waitsFor: { type: "sub_run", session: "child" } } },
  { type: "RunSuspended", data: { reason: "approval_required", calls: ["c1", "c2"] } },
  {
    type: "ToolCallApproved",
    data: { callId: "c1", argumentsHash: hash, arguments: "[]", approval: { ...approval, keyId: "k", signature: "s" } },
  },
  { type: "RunResumed", data: { reason: "decided" } },
  { type: "ApprovalVoided", data: { callId: "c1", approval: "a1", reason: "expired" } },
  { type: "ToolCallDenied", data: { callId: "c1", code: "approval_denied", message: "No." } },
  { type: "ToolCallStarted", data: { callId: "c2", attempt: 2, idempotencyKey: "k2" } },
  {
    type: "SubRunCompleted",
    data: {
      session: "child",
      run: "child-run",
      status: "completed",
      callId: "c2",
      spent: { modelCalls: 2, toolCalls: 1, tokens: 30, costMicroUsd: 4 },
    },
  },
  { type: "ToolCallFailed", data: { callId: "c2", code: "tool_failed", message: "Busy.", retryAfterMs: 5 } },
  { type: "ToolCallStarted", data: { callId: "c2", attempt: 3, idempotencyKey: "k2" } },
  { type: "ToolCallSucceeded", data: { callId: "c2", output: "two" } },
  {
    type: "HandoffDecided",
    data: { from: "agent", to: "other", reason: "r", context: "summary", summary: "s", callId: "c3" },
  },
  asks(1),
  { type: "RunFailed", data: { code: "run_tree_limit_exceeded", message: "Too much." } },
];

const decides = (data: Partial<EventData<"ModerationDecided">>): EventDraft => ({
  type: "ModerationDecided",
  data: {
    surface: "user_input",
    verdict: "allow",
    mode: "enforce",
    rules: [],
    policy: { id: "p", version: "1", hash },
    latencyMs: 1,
    ...data,
  },
});

/** What a guard decides, and what comes from outside. */
const guarded: readonly EventDraft[] = [
  { type: "SessionStarted", data: { agent: "agent" } },
  { type: "RunStarted", data: { run: "run", agent: "agent", request: { depth: 1, trust: "untrusted" } } },
  decides({ verdict: "require_approval" }),
  { type: "PromptReceived", data: { items: [{ type: "message", role: "user", content: "Hi" }] } },
  { type: "RunSuspended", data: { reason: "moderation", calls: [] } },
  decides({}),
  { type: "RunResumed", data: { reason: "continued" } },
  asks(1),
  answers(
    { type: "function_call", call_id: "c1", name: "one", arguments: "{}" },
    { type: "function_call", call_id: "c2", name: "two", arguments: "{}" },
  ),
  decides({ surface: "tool_arguments", callId: "c1", verdict: "block" }),
  decides({ surface: "tool_arguments", callId: "c2", verdict: "require_approval" }),
  decides({ surface: "tool_arguments", callId: "c2", verdict: "block", mode: "observe" }),
  { type: "ToolCallDenied", data: { callId: "c1", code: "content_blocked", message: "No." } },
  { type: "ToolCallSucceeded", data: { callId: "c2", output: "page", trust: "untrusted" } },
  decides({ verdict: "block" }),
  { type: "RunCompleted", data: { outcome: "incomplete", reason: "content_filter" } },
];

/** What each version of the fold makes of the history. Lines are added, never changed: snapshots of that version exist. */
const recorded: Readonly<Record<number, string>> = {
  1: "sha256:9b83aa2a94db33a5ec38399db7e470d70cb09133796649bff61bbc10184f56f1",
  2: "sha256:b52621f8a2f1e1ae71ea4d6658d7c5c13ccb5879d708422d7a0ce3dec1ce606b",
  3: "sha256:39122bb2a76ba6afb5c60ee6c48cccd1ac1ec6d97e761bec486088846f20891b",
  4: "sha256:39122bb2a76ba6afb5c60ee6c48cccd1ac1ec6d97e761bec486088846f20891b",
  5: "sha256:39122bb2a76ba6afb5c60ee6c48cccd1ac1ec6d97e761bec486088846f20891b",
};

const recordedGuarded: Readonly<Record<number, string>> = {
  4: "sha256:165c4f6ed7c27f479474801a319077fe052a2fad8640e43fdf18a7a837feabfa",
  5: "sha256:8fe004634a1156e650d5710a1d515525790c4b8996fa8fdad8d549b4e06bbd75",
};

function statesOf(drafts: readonly EventDraft[]): readonly SessionState[] {
  const states: SessionState[] = [];
  let state = initialState("specification");
  for (const event of given(...drafts).events) {
    state = evolve(state, event);
    states.push(state);
  }
  return states;
}

const recordedTogether: Readonly<Record<number, string>> = {
  2: "sha256:2a17d871aa308e72a0a165bdd0af346d6575c0a95445b3d5c3995ee88ee77bf8",
  3: "sha256:04bb8b9fc1dfc091c59c8fd9bfada4b31259860554319198809c504c770e1639",
  4: "sha256:04bb8b9fc1dfc091c59c8fd9bfada4b31259860554319198809c504c770e1639",
  5: "sha256:04bb8b9fc1dfc091c59c8fd9bfada4b31259860554319198809c504c770e1639",
};

function hashOf(drafts: readonly EventDraft[]): string {
  const states = statesOf(drafts).map((state) => toSnapshot(state, "").state);
  return contentHash(states.join("\n"));
}

describe("a snapshot of a session", () => {
  it.each([
    ["of one agent", history],
    ["of several agents", together],
    ["of guarded ones", guarded],
  ])("%s gives the state back after any event, and the fold goes on from it", (_name, drafts) => {
    const { events } = given(...drafts);
    const states = statesOf(drafts);
    for (const [index, state] of states.entries()) {
      let restored = fromSnapshot(toSnapshot(state, `event ${index}`), "specification");
      expect(restored && toPlain(restored)).toEqual(toPlain(state));
      for (const event of events.slice(index + 1)) restored = restored && evolve(restored, event);
      expect(restored && toPlain(restored)).toEqual(toPlain(states.at(-1) ?? state));
    }
  });

  it("is of another version when the fold or its state changes", () => {
    const advice = "The fold gives other states than before: raise foldVersion, and add the new version's hash above.";
    expect(hashOf(history), advice).toBe(recorded[foldVersion]);
    expect(hashOf(together), advice).toBe(recordedTogether[foldVersion]);
    expect(hashOf(guarded), advice).toBe(recordedGuarded[foldVersion]);
  });
});
