import { describe, expect, it } from "vitest";
import { planReply } from "./reply-plan.ts";
import { functionCalls, incomplete, slow, stall, text } from "./replies.ts";
import type { Matcher, ScriptedRequest } from "./rules.ts";
import { createRuleBook, takeReply } from "./rules.ts";

const base: ScriptedRequest = {
  endpoint: "responses",
  model: "gpt-test",
  text: "How is the weather?",
  toolOutputs: [],
  items: [],
  tools: [],
  body: {},
};
const afterTool: ScriptedRequest = { ...base, toolOutputs: [{ callId: "call_1", output: "snow, -3 °C" }] };

describe("a rule", () => {
  const cases: readonly { title: string; when: Matcher; request: ScriptedRequest; matches: boolean }[] = [
    { title: "a string the newest user text contains", when: "weather", request: base, matches: true },
    { title: "a string it does not contain", when: "stocks", request: base, matches: false },
    { title: "a pattern", when: /^how/i, request: base, matches: true },
    { title: "a pattern with the flag g, each time", when: /weather/g, request: base, matches: true },
    { title: "text alone, not while tool outputs are new", when: "weather", request: afterTool, matches: false },
    {
      title: "text with tool outputs asked for",
      when: { text: "weather", toolOutput: true },
      request: afterTool,
      matches: true,
    },
    { title: "the presence of tool outputs", when: { toolOutput: true }, request: base, matches: false },
    { title: "the absence of tool outputs", when: { toolOutput: false }, request: base, matches: true },
    { title: "what a tool answered", when: { toolOutput: /-\d+ °C/ }, request: afterTool, matches: true },
    { title: "the exact model", when: { model: "gpt-test" }, request: base, matches: true },
    { title: "not a part of the model's name", when: { model: "gpt" }, request: base, matches: false },
    { title: "a pattern of models", when: { model: /^gpt/ }, request: base, matches: true },
    { title: "a predicate", when: (request) => request.tools.length === 1, request: base, matches: false },
    {
      title: "nothing at other endpoints",
      when: "weather",
      request: { ...base, endpoint: "embeddings" },
      matches: false,
    },
  ];

  it.each(cases)("tells whether it matches: $title", ({ when, request, matches }) => {
    const book = createRuleBook([{ when, reply: text("yes") }]);

    expect([book.take(request), book.take(request)].map((rule) => rule !== undefined)).toEqual([matches, matches]);
  });

  it("wins over later ones, steps aside after its times, and starts anew after a reset", async () => {
    const book = createRuleBook([{ reply: text("once"), times: 1 }, { reply: async () => text("then") }]);
    book.use({ reply: text("before all"), times: 1 });

    const replies = [await takeReply(book, base), await takeReply(book, base), await takeReply(book, base)];
    book.reset();

    expect(replies).toEqual([text("before all"), text("once"), text("then")]);
    expect(await takeReply(book, base)).toEqual(text("once"));
  });
});

describe("a reply", () => {
  it("is sorted into what is said, how it ends, and how it is sent", () => {
    const calls = functionCalls([
      { name: "add", arguments: { a: 1 } },
      { name: "add", arguments: "{broken" },
    ]);

    const plan = planReply([text("Hm."), calls, incomplete("content_filter"), slow({ chunkBytes: 2 }), stall()]);

    expect(plan.output).toEqual([
      { kind: "text", text: "Hm." },
      { kind: "functionCall", name: "add", arguments: '{"a":1}' },
      { kind: "functionCall", name: "add", arguments: "{broken" },
    ]);
    expect(plan.ending).toEqual({ kind: "incomplete", reason: "content_filter" });
    expect(plan.delivery.pace).toEqual({ kind: "pace", eventDelayMs: 0, chunkBytes: 2 });
    expect(plan.delivery.fault).toEqual({ kind: "stall", afterEvents: 0 });
  });
});
