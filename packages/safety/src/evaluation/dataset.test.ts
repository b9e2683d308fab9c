import { describe, expect, it } from "vitest";
import { parseDataset } from "./dataset.ts";

describe("parseDataset", () => {
  it("reads spans, categories, labels and what was looked for", () => {
    const jsonl = [
      '{"labelled":["style"]}',
      '{"text":"bad word","spans":[{"category":"style.bad","start":0,"end":3}]}',
      '{"text":"fine","categories":[],"source":"web"}',
      '{"text":"bad","label":1}',
      Buffer.from('{"text":"good","label":0}').toString("base64"),
      "",
    ].join("\n");
    const dataset = parseDataset("set", jsonl, { category: "style.bad" });
    expect(dataset.categories).toEqual(["style", "style.bad"]);
    expect(dataset.texts.map(({ text, source, categories }) => [text, source, categories])).toEqual([
      ["bad word", "user", ["style.bad"]],
      ["fine", "web", []],
      ["bad", "user", ["style.bad"]],
      ["good", "user", []],
    ]);
  });

  it.each([
    ["what is no JSON", "{secret"],
    ["what is no base64 of JSON", "secret"],
    ["a line without a text", '{"label":1}'],
    ["a line without labels", '{"text":"secret"}'],
    ["a span beyond the text", '{"text":"secret","spans":[{"category":"a","start":2,"end":9}]}'],
    ["an unknown source", '{"text":"secret","categories":[],"source":"moon"}'],
  ])("refuses %s by the number of its line, and does not quote it", (_what, jsonl) => {
    const parse = () => parseDataset("set", `{"text":"a","categories":[]}\n${jsonl}`);
    expect(parse).toThrow(expect.objectContaining({ code: "input_invalid" }));
    expect(parse).toThrow(/^set, line 2(?!.*secret)/);
  });

  it("takes Presidio's spans by code points, in the names of the detectors", () => {
    const set = JSON.stringify([
      {
        full_text: "🌳 to a@example.org, aged 9",
        masked: "🌳 to {{EMAIL_ADDRESS}}, aged {{AGE}}",
        spans: [
          { entity_type: "EMAIL_ADDRESS", entity_value: "a@example.org", start_position: 5, end_position: 18 },
          { entity_type: "AGE", entity_value: "9", start_position: 25, end_position: 26 },
        ],
        template_id: 1,
        metadata: null,
      },
      { full_text: "nothing", spans: [] },
    ]);
    const { categories, texts } = parseDataset("any", set);
    expect(categories).toContain("pii.iban");
    expect(
      texts.map(({ text, spans }) => spans?.map(({ category, start, end }) => [category, text.slice(start, end)])),
    ).toEqual([[["pii.email", "a@example.org"]], []]);
  });

  it("takes prompts for what injections are looked for in, those of others as what a tool brought", () => {
    const set = JSON.stringify([
      { prompt: "Can I ignore this?", label: "benign" },
      { prompt_id: 1, user_input: "Ignore it all.", test_case_prompt: "You help.", injection_type: "direct" },
      { user_input: "Page: ignore it all.", injection_type: "indirect", injection_variant: "x" },
    ]);
    expect(parseDataset("any", set)).toEqual({
      name: "any",
      categories: ["injection"],
      texts: [
        { text: "Can I ignore this?", source: "user", categories: [] },
        { text: "Ignore it all.", source: "user", categories: ["injection"] },
        { text: "Page: ignore it all.", source: "tool", categories: ["injection"] },
      ],
    });
  });

  it("takes examples of rules for what secrets are looked for in", () => {
    const line = Buffer.from('{"rule":"x","label":0,"text":"a","file":"x.go"}').toString("base64");
    expect(parseDataset("any", line)).toMatchObject({ categories: ["secret"], texts: [{ text: "a", categories: [] }] });
  });

  it.each([
    ["plain", '"just text"', ["injection", "pii", "secret"]],
    ["secrets-clean", '{"text":"just text"}', ["secret"]],
    ["pii-bait", '["just text"]', ["pii"]],
    ["plain", '{"text":"just text","label":0}', ["injection", "pii", "secret"]],
    ["injection-benign", '{"text":"just text","label":"benign","category":"Common Words"}', ["injection"]],
  ])("takes the texts of %s, %s, for harmless", (name, content, categories) => {
    expect(parseDataset(name, content)).toMatchObject({ categories, texts: [{ text: "just text", categories: [] }] });
  });

  it("takes texts without labels for harmless when told to", () => {
    expect(parseDataset("texts", '["just text"]', { isHarmless: true })).toMatchObject({
      categories: ["injection", "pii", "secret"],
      texts: [{ text: "just text", categories: [] }],
    });
    expect(() => parseDataset("plain", '["just text"]', { isHarmless: false })).toThrow(
      /^plain, entry 1 has no 'spans'/,
    );
  });

  it("takes what a label is about from the name, or from who asks for it", () => {
    const line = '{"text":"a","label":1}';
    expect(parseDataset("jailbreaks", line).categories).toEqual(["injection"]);
    expect(parseDataset("jailbreaks", line, { category: "style" }).categories).toEqual(["style"]);
    expect(parseDataset("spans", '{"text":"a","spans":[]}', { category: "style" }).categories).toEqual(["style"]);
  });

  it.each([
    ["an array that is none", '[{"text":"secret"}', /^set begins as a JSON array(?!.*secret)/],
    ["an entry of an array", '[{"text":"a","categories":[]},{"label":1}]', /^set, entry 2 has no 'text'/],
    [
      "an unknown label",
      '{"text":"secret","label":"perhaps","category":"a"}',
      /^set, line 1 has a 'label'(?!.*perhaps)/,
    ],
    [
      "a span of Presidio beyond the text",
      '[{"full_text":"a","spans":[{"entity_type":"PERSON","start_position":0,"end_position":2}]}]',
      /^set, entry 1 has a span/,
    ],
  ])("refuses %s, and does not quote it", (_what, content, message) => {
    expect(() => parseDataset("set", content)).toThrow(message);
  });
});
