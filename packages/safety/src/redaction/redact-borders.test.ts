import type { EventDraft, JsonObject } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { failingDetector } from "../policy/policy.test.support.ts";
import type { RuleFindings } from "../policy/evaluation.ts";
import { redactingPolicy, testKey } from "./redaction.test.support.ts";
import { createRedactor } from "./redactor.ts";

const scope = { session: "a1" };
const redactor = createRedactor({ policy: redactingPolicy(), key: testKey });
const pieces = ["tok_abcd", "efgh", "ijkl, thanks"];
const mark = String.raw`\[\[SECRET:TOKEN:\w{12}\]\]`;
const kinds = ["input_text", "input_text", "output_text"];

function partsOf(texts: readonly string[]): JsonObject[] {
  return texts.map((text, index) => ({ type: kinds[index] ?? "input_text", text }));
}

function saidBy(role: string, content: string | JsonObject[]) {
  return { type: "message", role, content };
}

function textsIn(value: unknown): readonly string[] {
  return [...JSON.stringify(value).matchAll(/"(?:text|content)":"([^"]*)"/g)].map(([, text = ""]) => text);
}

describe("a match over the border of texts that a reader joins", () => {
  it.each<[string, readonly unknown[]]>([
    ["parts of one message", [saidBy("user", partsOf(pieces))]],
    ["parts of the output of a call", [{ type: "function_call_output", call_id: "c", output: partsOf(pieces) }]],
    ["messages in a row", pieces.map((text) => saidBy("user", text))],
    ["parts of messages in a row", pieces.map((text) => saidBy("assistant", partsOf([text])))],
    [
      "parts with a file between them",
      [saidBy("user", [...partsOf(pieces.slice(0, 2)), { type: "input_file" }, ...partsOf(pieces.slice(2))])],
    ],
    [
      "messages with reasoning between them",
      [
        saidBy("assistant", "tok_abcd"),
        { type: "reasoning" },
        ...pieces.slice(1).map((text) => saidBy("assistant", text)),
      ],
    ],
  ])("is redacted in each of the %s, to the end", (_what, items) => {
    const redacted = redactor.value({ items }, scope);
    const [first, second, third] = textsIn(redacted);
    expect([first, second]).toEqual([expect.stringMatching(`^${mark}$`), expect.stringMatching(`^${mark}$`)]);
    expect(third).toMatch(new RegExp(`^${mark}, thanks$`));
    expect(redactor.value(redacted, scope)).toEqual(redacted);
  });

  it("is reported once, however many texts it stands in", () => {
    const reported: RuleFindings[] = [];
    const draft: EventDraft = { type: "PromptReceived", data: { items: [saidBy("user", partsOf(pieces))] } };
    redactor.draft(draft, scope, (findings) => void reported.push(findings));
    expect(reported.flatMap(({ hits }) => hits.map(({ category }) => category))).toEqual(["secret.token"]);
  });

  it("is none where other people say the texts, or nobody joins them", () => {
    const apart = [
      saidBy("user", "tok_abcd"),
      saidBy("assistant", "efgh"),
      saidBy("user", "ijkl, thanks"),
      ...pieces.map((text) => ({ text })),
    ];
    expect(redactor.value(apart, scope)).toEqual(apart);
    const beside = saidBy("user", partsOf(["tok_abcd efgh", "ijkl"]));
    expect(redactor.value(beside, scope)).toEqual(beside);
  });

  it("stays undone in no text when a detector fails at all of them as one", () => {
    const failing = {
      ...failingDetector("failing"),
      detect: ({ original }: { readonly original: string }) => {
        if (original.includes("abcdefgh")) throw new Error("too long");
        return [];
      },
    };
    const rules = [
      { id: "f", detector: "failing", surfaces: ["append"], action: "redact", onFailure: "closed" },
    ] as const;
    const policy = defineSafetyPolicy({ id: "p", version: "1", rules }, { detectors: [failing] });
    const redacted = createRedactor({ policy, key: testKey }).value(saidBy("user", partsOf(pieces)), scope);
    expect(textsIn(redacted)).toHaveLength(3);
    for (const text of textsIn(redacted)) expect(text).toMatch(/^\[\[WITHHELD:DETECTOR_FAILED:\w{12}\]\]$/);
  });
});
