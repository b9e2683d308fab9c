import { isMessage, type Item, messageText, type ModelStreamPart } from "@agentkit/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDefaultDetectors } from "../default-detectors.ts";
import { defaultSafetyPolicy } from "../default-policy.ts";
import { alphabets, createTextSource } from "../secrets/secret-samples.test.support.ts";
import {
  answerOf,
  assistantItem,
  modelOf,
  moderationRule,
  plantRules,
  request,
  rule,
  safetyOf,
  scope,
  textParts,
  userSays,
} from "./safety.test.support.ts";

const restore = [{ categories: ["pii.email"], tools: ["send_*"], answer: true }];

describe("the guard of a model's answer", () => {
  it("redacts what streams, and records what was streamed", async () => {
    const { safety } = safetyOf({ rules: plantRules("model_output") });
    const model = modelOf(textParts(["A tho", "rn and ", "a weed."]));
    const { text, response, decisions } = await answerOf(safety, model);
    expect(text).toMatch(/^A \[\[PLANT:THORN:[0-9a-f]{12}\]\] and a weed\.$/);
    expect(response).toMatchObject({ status: "completed", output: [{ content: [{ text }] }] });
    expect(decisions).toMatchObject([
      {
        surface: "model_output",
        verdict: "redact",
        rules: [
          { id: "thorns", count: 1 },
          { id: "weeds", count: 1 },
        ],
      },
    ]);
  });

  it("gives the same answer however it is cut", async () => {
    const word = fc.constantFrom("thorn", "weed", "venom", "a", "[[", "rose ", ". ", "\n", "🌹");
    const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), lengths, async (words, cuts) => {
        const { safety } = safetyOf({ rules: plantRules("model_output") });
        const whole = words.join("");
        const atOnce = await answerOf(safety, modelOf(textParts([whole])));
        const cut = await answerOf(safety, modelOf(textParts(inPieces(whole, cuts))));
        expect(cut.text).toBe(atOnce.text);
        expect(withoutIds(cut.response?.output)).toEqual(withoutIds(atOnce.response?.output));
        expect(cut.decisions.map(({ verdict, rules }) => [verdict, rules])).toEqual(
          atOnce.decisions.map(({ verdict, rules }) => [verdict, rules]),
        );
        const released = cut.text;
        expect(textOf(cut.response?.output)).toBe(released);
        expect(released).not.toMatch(/thorn|venom/);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("ends an answer before what is blocked, says so, and breaks off the request", async () => {
    const { safety } = safetyOf({ rules: plantRules("model_output") });
    const model = modelOf(textParts(["It is ", "venom ", "that ", "kills."]));
    const { parts, text, response, decisions } = await answerOf(safety, model);
    expect(text).toBe("It is ");
    expect(model.isStopped).toBe(true);
    expect(model.given.map(({ type }) => type)).not.toContain("item.done");
    const refusal = "The safety policy withholds this answer (venoms).";
    expect(response).toEqual({
      status: "incomplete",
      incompleteReason: "content_filter",
      output: [
        {
          ...assistantItem("It is "),
          status: "incomplete",
          content: [
            { type: "output_text", text: "It is ", annotations: [] },
            { type: "refusal", refusal },
          ],
        },
      ],
    });
    expect(parts.map(({ type }) => type)).toEqual([
      "item.added",
      "text.delta",
      "refusal.delta",
      "item.done",
      "moderation",
      "completed",
    ]);
    expect(decisions).toMatchObject([{ surface: "model_output", verdict: "block", rules: [{ id: "venoms" }] }]);
    expect(JSON.stringify(parts)).not.toContain("venom ");
  });

  it("takes a rule that asks for approval for one that blocks: nobody can be asked", async () => {
    const held = rule({
      id: "thorns",
      categories: ["plant.thorn"],
      action: "require_approval",
      surfaces: ["model_output"],
    });
    const { safety } = safetyOf({ rules: [held] });
    const { text, decisions } = await answerOf(safety, modelOf(textParts(["One thorn only."])));
    expect([text, decisions[0]?.verdict]).toEqual(["One ", "block"]);
  });

  it("puts a refusal in the place of an answer whose reasoning is blocked", async () => {
    const { safety } = safetyOf({ rules: plantRules("model_output") });
    const reasoning: Item = {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "Use venom now." }],
    };
    const model = modelOf([
      { type: "item.added", index: 0, item: { ...reasoning, summary: [] } },
      { type: "reasoning.delta", index: 0, summaryIndex: 0, delta: "Use ven" },
      { type: "reasoning.delta", index: 0, summaryIndex: 0, delta: "om now." },
      { type: "item.done", index: 0, item: reasoning },
    ]);
    const { response, parts } = await answerOf(safety, model);
    expect(response?.output).toMatchObject([
      { type: "reasoning", status: "incomplete", summary: [{ type: "summary_text", text: "Use " }] },
      { type: "message", status: "incomplete", content: [{ type: "refusal" }] },
    ]);
    expect(parts.filter(({ type }) => type === "item.done")).toHaveLength(2);
  });

  it("lets nothing go that a detector which fails has not seen", async () => {
    const broken = {
      id: "broken",
      version: "1",
      categories: ["any"],
      detect: () => {
        throw new Error("a secret text");
      },
    };
    const failing = rule({ id: "b", detector: "broken", action: "flag", surfaces: ["model_output"] });
    const { safety } = safetyOf({ rules: [failing] }, { detectors: [broken] });
    const model = modelOf(textParts(["One ", "two ", "three."]));
    const { text, response, decisions } = await answerOf(safety, model);
    expect([text, response?.incompleteReason, model.isStopped]).toEqual(["", "content_filter", true]);
    expect(decisions).toMatchObject([{ verdict: "block", degraded: { provider: "broken", failMode: "closed" } }]);
  });

  it("has only rules that observe take note", async () => {
    const observed = rule({ id: "v", categories: ["plant.venom"], mode: "observe", surfaces: ["model_output"] });
    const { safety } = safetyOf({ rules: [observed] });
    const { text, decisions } = await answerOf(safety, modelOf(textParts(["venom ", "here"])));
    expect(text).toBe("venom here");
    expect(decisions).toMatchObject([
      { mode: "enforce", verdict: "allow" },
      { mode: "observe", verdict: "block" },
    ]);
  });

  it("looks at arguments when they are whole: blocked ones are not there, and the decision names the call", async () => {
    const { safety } = safetyOf({ rules: plantRules("tool_arguments") });
    const parts = [...callParts(0, '{"a":"venom"}'), ...callParts(1, '{"a":"thorn"}'), ...callParts(2, '{"a":1}')];
    const { decisions, response, ...answer } = await answerOf(
      safety,
      modelOf([...parts, { type: "completed", response: { status: "completed", output: [] } }]),
    );
    expect(decisions.map(({ callId, verdict }) => [callId, verdict])).toEqual([
      ["c0", "block"],
      ["c1", "redact"],
      ["c2", "allow"],
    ]);
    expect(response?.output.map((item) => item["arguments"])).toEqual([
      "{}",
      expect.stringMatching(/^\{"a":"\[\[PLANT:THORN:[0-9a-f]{12}\]\]"\}$/),
      '{"a":1}',
    ]);
    const deltas = answer.parts.flatMap((part) => (part.type === "arguments.delta" ? [part.delta] : []));
    expect(deltas).toEqual(response?.output.map((item) => item["arguments"]));
  });

  it("gives the user the values behind placeholders, and the log the placeholders", async () => {
    const { safety } = safetyOf({
      rules: [rule({ id: "mail", detector: "persons", action: "redact", surfaces: ["append", "model_output"] })],
      restore,
    });
    const placeholder = safety.redactor.text("ada@mail.example", scope);
    const text = `Write to ${placeholder}, not to bob@mail.example`;
    const call = {
      type: "function_call",
      call_id: "c",
      name: "send_mail",
      arguments: JSON.stringify({ to: placeholder }),
    };
    const { parts, response, ...answer } = await answerOf(
      safety,
      modelOf([
        ...textParts(inPieces(text, [3])).slice(0, -1),
        { type: "item.done", index: 1, item: call },
        { type: "completed", response: { status: "completed", output: [] } },
      ]),
    );
    expect(answer.text).toBe("Write to ada@mail.example, not to bob@mail.example");
    expect(textOf(response?.output)).toMatch(/^Write to \[\[PII:EMAIL:\w+\]\], not to \[\[PII:EMAIL:\w+\]\]$/);
    expect(response?.output[1]).toEqual(call);
    // Whose function it is, and so what its reader may have, is not known here.
    expect(parts).toContainEqual({ type: "arguments.delta", index: 1, delta: call.arguments });
    expect(parts).toContainEqual({ type: "item.done", index: 1, item: call });
  });

  it("looks at items that a model tells of only at the end", async () => {
    const { safety } = safetyOf({ rules: plantRules("model_output") });
    const [completed] = textParts(["a thorn"]).slice(-1);
    const { text, response } = await answerOf(safety, modelOf(completed === undefined ? [] : [completed]));
    expect(text).toMatch(/^a \[\[PLANT:THORN:\w{12}\]\]$/);
    expect(textOf(response?.output)).toBe(text);
  });

  it("looks around placeholders, which a match may have in it", async () => {
    const { safety } = safetyOf(defaultSafetyPolicy, { detectors: createDefaultDetectors() });
    const placeholder = safety.redactor.text("ada.lovelace@mail.example.org", scope);
    const image = `![for ${placeholder} only](https://evil.example/p.png)`;
    const { text } = await answerOf(safety, modelOf(textParts(["See ", image, ` and ${placeholder}.`])));
    expect(text).toMatch(/^See \[\[EXFILTRATION:IMAGE:\w{12}\]\] and /);
    const again = await safety.guard.text({ surface: "tool_result", text: `password: ${placeholder}` }, scope);
    expect(again).toMatchObject({ verdict: "allow", value: `password: ${placeholder}` });
    const token = `ghp_${createTextSource(5).text(alphabets.alphanumeric, 36)}`;
    const beside = await safety.guard.text({ surface: "tool_result", text: `${placeholder}${token}` }, scope);
    expect(beside.value.startsWith(`${placeholder}[[SECRET:`)).toBe(true);
  });

  it("passes on a model's failure, with what was decided before it", async () => {
    const { safety } = safetyOf({ rules: plantRules("model_output") });
    const parts: ModelStreamPart[] = [];
    const failing = {
      description: "failing",
      async *stream(): AsyncGenerator<ModelStreamPart> {
        yield* textParts(["A thorn ", "in"]).slice(0, 2);
        throw new Error("broken off");
      },
    };
    const { signal } = new AbortController();
    const read = async () => {
      for await (const part of safety.guard.model(failing, scope).stream(request, { signal })) parts.push(part);
    };
    await expect(read()).rejects.toThrow("broken off");
    expect(parts.at(-1)).toMatchObject({ type: "moderation", decision: { verdict: "redact" } });
  });
});

describe("the guard of the assembled prompt", () => {
  it("does not send what is blocked", async () => {
    const { safety } = safetyOf({ rules: plantRules("assembled_prompt") });
    const model = modelOf(textParts(["never"]));
    const { response, decisions } = await answerOf(safety, model, { ...request, instructions: "Use venom." });
    expect(model.requests).toEqual([]);
    expect(response).toMatchObject({
      incompleteReason: "content_filter",
      output: [{ content: [{ type: "refusal", refusal: "The safety policy withholds this answer (venoms)." }] }],
    });
    expect(decisions).toMatchObject([{ surface: "assembled_prompt", verdict: "block" }]);
  });

  it("sends what is redacted, in instructions and items", async () => {
    const { safety } = safetyOf({ rules: plantRules("assembled_prompt") });
    const model = modelOf(textParts(["ok"]));
    const output = { type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "a thorn" }] };
    await answerOf(safety, model, { model: "m", instructions: "No thorn.", input: [userSays("one thorn"), output] });
    expect(JSON.stringify(model.requests)).not.toContain("thorn");
    const [sent] = model.requests;
    expect(sent?.instructions).toMatch(/^No \[\[PLANT:THORN:\w+\]\]\.$/);
    expect(sent?.input[0]?.["content"]).toMatch(/^one \[\[PLANT:THORN:\w+\]\]$/);
    expect(sent?.input[1]).toMatchObject({ type: "function_call_output", call_id: "c" });
  });

  it("looks at each item of a growing conversation once", async () => {
    let looks = 0;
    const counting = {
      id: "counting",
      version: "1",
      categories: ["any"],
      detect: () => {
        looks += 1;
        return [];
      },
    };
    const { safety } = safetyOf(
      { rules: [rule({ detector: "counting", surfaces: ["assembled_prompt"] })] },
      { detectors: [counting] },
    );
    const guarded = safety.guard.model(modelOf(textParts(["ok"])), scope);
    const input = Array.from({ length: 20 }, (_, index) => userSays(`message ${index}`));
    const { signal } = new AbortController();
    for (const length of [10, 20]) {
      const asked = { model: "m", instructions: "Help.", input: input.slice(0, length) };
      for await (const part of guarded.stream(asked, { signal })) expect(part.type).toBeTypeOf("string");
    }
    expect(looks).toBe(21);
  });
});

describe("moderation of an answer", () => {
  const rules = [moderationRule({ surfaces: ["model_output"] })];
  const calm = "All is calm. ".repeat(40).match(/.{1,13}/g) ?? [];

  it("lets text go in windows that were scored, without a call for each chunk", async () => {
    const { safety, moderated } = safetyOf({ rules });
    const pieces = [...calm, ...calm, ...calm];
    const { text, decisions } = await answerOf(safety, modelOf(textParts(pieces)));
    expect(text).toBe(pieces.join(""));
    expect(moderated.length).toBeLessThanOrEqual(3);
    expect(decisions).toMatchObject([{ surface: "model_output", verdict: "allow" }]);
  });

  it("lets nothing of a window go that is blocked, and stops the model", async () => {
    const { safety } = safetyOf({ rules });
    const model = modelOf(textParts([...calm, ...calm, "fury ", ...calm, ...calm, ...calm, ...calm]));
    const { text, response, decisions } = await answerOf(safety, model);
    expect(text).not.toContain("fury");
    expect([...calm, ...calm].join("").startsWith(text)).toBe(true);
    expect(text.length).toBeGreaterThan(400);
    expect(response?.incompleteReason).toBe("content_filter");
    expect([model.isStopped, decisions[0]?.verdict]).toEqual([true, "block"]);
  });

  it.each([
    ["closed", "content_filter", "block"],
    ["queue", "content_filter", "block"],
    ["open", undefined, "flag"],
  ] as const)("takes the declared path when the service is down: %s", async (onFailure, reason, verdict) => {
    const { safety } = safetyOf({ rules: [moderationRule({ surfaces: ["model_output"], onFailure })] });
    const { response, decisions } = await answerOf(safety, modelOf(textParts(["an outage"])));
    expect(response?.incompleteReason).toBe(reason);
    const says = "The answer cannot be checked at present (moderation: ";
    expect(JSON.stringify(response?.output).includes(says)).toBe(onFailure !== "open");
    expect(JSON.stringify(response?.output)).not.toContain("withholds");
    expect(decisions).toMatchObject([{ verdict, degraded: { provider: "moderation", failMode: onFailure } }]);
  });

  it("blocks where no service is configured, whatever the rule says", async () => {
    const open = [moderationRule({ surfaces: ["model_output"], onFailure: "open" })];
    const { safety } = safetyOf({ rules: open }, { moderation: undefined });
    const { text, decisions } = await answerOf(safety, modelOf(textParts(["hello"])));
    expect([text, decisions[0]?.degraded?.reason]).toEqual(["", "not_configured"]);
  });

  it.each([
    ["the request asks for them", { settings: { moderation: { model: "m" } } }, {}],
    ["the model always brings them", {}, { isModerated: true }],
  ])("goes by the scores that come with the answer, where %s", async (_what, asking, told) => {
    const { safety, moderated } = safetyOf({
      rules: [moderationRule({ surfaces: ["assembled_prompt", "model_output"] })],
    });
    const asked = { ...request, ...asking };
    const answer = async (input: number, output: number) => {
      const moderation = { input: scored(input), output: scored(output) };
      return answerOf(safety, { ...modelOf(textParts(["Some ", "text."], { moderation })), ...told }, asked);
    };
    const fine = await answer(0.1, 0.5);
    expect([fine.text, fine.response?.status]).toEqual(["Some text.", "completed"]);
    expect(fine.decisions.map(({ surface, verdict }) => [surface, verdict])).toEqual([
      ["assembled_prompt", "allow"],
      ["model_output", "flag"],
    ]);
    for (const [input, output] of [
      [0.1, 0.9],
      [0.9, 0.1],
    ] as const) {
      const { text, response } = await answer(input, output);
      expect([text, response?.incompleteReason]).toEqual(["", "content_filter"]);
    }
    expect(moderated).toEqual([]);
    const failed = { input: { type: "error", code: "server_error" }, output: scored(0.1) } as const;
    const { decisions } = await answerOf(
      safety,
      { ...modelOf(textParts(["x"], { moderation: failed })), ...told },
      asked,
    );
    expect(decisions[0]).toMatchObject({
      surface: "assembled_prompt",
      verdict: "block",
      degraded: { reason: "server_error" },
    });
  });

  it("asks for the moderation of a prompt's new items only", async () => {
    const { safety, moderated } = safetyOf({ rules: [moderationRule({ surfaces: ["assembled_prompt"] })] });
    const input = [userSays("one"), userSays("two")];
    for (const length of [1, 2]) {
      await answerOf(safety, modelOf(textParts(["ok"])), { model: "m", input: input.slice(0, length) });
    }
    expect(moderated).toEqual(["one", "two"]);
  });
});

function scored(violence: number) {
  return { type: "scored", scores: { violence }, flagged: false, model: "m" } as const;
}

function callParts(index: number, text: string): readonly ModelStreamPart[] {
  const item = { type: "function_call", call_id: `c${index}`, name: "f", arguments: text };
  return [
    { type: "item.added", index, item: { ...item, arguments: "" } },
    { type: "arguments.delta", index, delta: text.slice(0, 5) },
    { type: "arguments.delta", index, delta: text.slice(5) },
    { type: "item.done", index, item },
  ];
}

function inPieces(text: string, lengths: readonly number[]): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function textOf(output: readonly Item[] | undefined): string {
  return (output ?? []).map((item) => (isMessage(item) ? messageText(item) : "")).join("");
}

/** Ids of refusals are new each time. */
function withoutIds(output: readonly Item[] | undefined) {
  return output?.map(({ id: _id, ...item }) => item);
}
