import type { JsonObject, StoredEvent } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { createEventDescriber } from "./describe-event.ts";

function event(type: string, data: JsonObject, version = 1): StoredEvent {
  const id = "b5a1f9f0-0000-5000-8000-000000000000";
  const time = "2026-11-22T13:00:00.000Z";
  return { id, type, version, time, data, meta: {}, stream: "session-a", revision: 0, position: "1" };
}

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
