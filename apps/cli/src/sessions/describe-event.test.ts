import type { JsonObject, StoredEvent } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { describeEvent } from "./describe-event.ts";

function event(type: string, data: JsonObject, version = 1): StoredEvent {
  const id = "b5a1f9f0-0000-5000-8000-000000000000";
  const time = "2026-11-22T13:00:00.000Z";
  return { id, type, version, time, data, meta: {}, stream: "session-a", revision: 0, position: "1" };
}

const say = { type: "message", role: "user", content: "hello" };

describe("describeEvent", () => {
  it.each([
    ["SessionForked", { parent: { session: "a", revision: 4 }, overrides: { model: "m" } }, "from a at 4, other model"],
    ["PromptReceived", { items: [say] }, "hello"],
    ["RunFailed", { code: "model_timeout", message: "Too slow." }, "model_timeout: Too slow."],
    ["RunSuspended", { reason: "outcome_unknown", calls: ["call_1"] }, "outcome_unknown: call_1"],
    [
      "ToolCallOutcomeUnknown",
      { callId: "call_1", reason: "interrupted", policy: "ask" },
      "call_1: OUTCOME UNKNOWN, interrupted; policy ask",
    ],
    ["SessionEnded", { reason: "done" }, '{"reason":"done"}'],
  ])("says what %s records", (type, data, words) => {
    expect(describeEvent(event(type, data))).toBe(words);
  });

  it.each([
    ["a type it does not know", event("SomethingElse", { a: 1 })],
    ["a version it does not know", event("RunFailed", { a: 1 }, 99)],
    ["damaged data", event("RunFailed", { a: 1 })],
  ])("shows %s as it is", (_title, stored) => {
    expect(describeEvent(stored)).toBe('{"a":1}');
  });
});
