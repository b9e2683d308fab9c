import type { Item } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { toInputItems } from "./to-input-items.ts";

const user: Item = { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] };
const reasoning: Item = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA", status: "completed" };
const call: Item = {
  type: "function_call",
  id: "fc_1",
  call_id: "c1",
  name: "now",
  arguments: "{}",
  status: "completed",
};
const output: Item = { type: "function_call_output", call_id: "c1", output: "noon" };
const sentReasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" };
const sentCall = { type: "function_call", call_id: "c1", name: "now", arguments: "{}" };

function assistant(...content: readonly Record<string, string>[]): Item {
  return { type: "message", id: "msg_1", role: "assistant", status: "completed", phase: "final_answer", content };
}

describe("reasoning", () => {
  it("stays in front of the call, the message or the reasoning it led to", () => {
    expect(toInputItems([user, reasoning, reasoning, call, output])).toEqual([
      user,
      sentReasoning,
      sentReasoning,
      sentCall,
      output,
    ]);
    expect(toInputItems([reasoning, assistant({ type: "output_text", text: "Noon." })])).toHaveLength(2);
  });

  it.each([
    ["nothing", []],
    ["what a person said", [user]],
    ["the output of a call", [output]],
    ["an answer without a word", [assistant()]],
  ])("is dropped in front of %s", (_, next) => {
    expect(toInputItems([reasoning, ...next])).not.toContainEqual(sentReasoning);
  });

  it.each([
    ["no encrypted content", {}],
    ["none to give", { encrypted_content: null }],
    ["only clear content", { content: [{ type: "reasoning_text", text: "Hmm" }] }],
  ])("is dropped when it carries %s, and what it led to stays", (_, more) => {
    expect(toInputItems([user, { type: "reasoning", id: "rs_1", summary: [], ...more }, call, output])).toEqual([
      user,
      sentCall,
      output,
    ]);
  });
});

describe("an answer", () => {
  it("is sent as plain text without id and status, and keeps its phase", () => {
    const said = assistant({ type: "output_text", text: "Noon, " }, { type: "output_text", text: "sharp." });
    expect(toInputItems([said])).toEqual([
      { type: "message", role: "assistant", phase: "final_answer", content: "Noon, sharp." },
    ]);
  });

  it("keeps its parts when it refuses", () => {
    const parts = [{ type: "refusal", refusal: "No." }];
    expect(toInputItems([assistant(...parts)])).toMatchObject([{ content: parts }]);
  });
});

it("passes items of kinds it does not know as they are", () => {
  const search: Item = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search" } };
  expect(toInputItems([search])).toEqual([search]);
});
