import type { EventDraft, Item, ModelStreamPart } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { createDefaultDetectors } from "../default-detectors.ts";
import { defaultSafetyPolicy } from "../default-policy.ts";
import { alphabets, createTextSource } from "../secrets/secret-samples.test.support.ts";
import { answerOf, modelOf, plantRules, request, safetyOf, scope, userSays } from "./safety.test.support.ts";

const mark = String.raw`\[\[PLANT:THORN:\w{12}\]\]`;

function parts(type: string, texts: readonly string[]) {
  return texts.map((text) => ({ type, text }));
}

function saidInParts(...texts: readonly string[]): Item {
  return { type: "message", role: "user", content: parts("input_text", texts) };
}

function textsOf(items: readonly Item[] | undefined): readonly string[] {
  return [...JSON.stringify(items).matchAll(/"(?:text|content)":"([^"]*)"/g)].map(([, text = ""]) => text);
}

describe("texts of a prompt that a reader joins", () => {
  const { safety } = safetyOf({ rules: plantRules("user_input") });

  it.each<[string, readonly Item[]]>([
    ["parts of a message", [saidInParts("a th", "or", "n here")]],
    ["messages in a row", [userSays("a th"), userSays("or"), userSays("n here")]],
    ["messages with an item between them", [userSays("a th"), { type: "item_reference" }, saidInParts("or", "n here")]],
  ])("are redacted where a match stands over the borders of %s", async (_what, items) => {
    const { verdict, value } = await safety.guard.input(items, scope);
    expect(verdict).toBe("redact");
    const [first, second, third] = textsOf(value);
    expect(first).toMatch(new RegExp(`^a ${mark}$`));
    expect(second).toMatch(new RegExp(`^${mark}$`));
    expect(third).toMatch(new RegExp(`^${mark} here$`));
  });

  it("are blocked by what stands over a border", async () => {
    expect(await safety.guard.input([saidInParts("ven", "om")], scope)).toMatchObject({ verdict: "block", value: [] });
  });

  it("are two where others say them, and where they say something else together", async () => {
    const items: readonly Item[] = [userSays("a th"), { type: "message", role: "developer", content: "orn" }];
    expect(await safety.guard.input(items, scope)).toMatchObject({ verdict: "allow", value: items });
    const apart = [saidInParts("a th ", "orn")];
    expect(await safety.guard.input(apart, scope)).toMatchObject({ verdict: "allow", value: apart });
  });

  it("are looked at in the assembled prompt too", async () => {
    const guarded = safetyOf({ rules: plantRules("assembled_prompt") });
    const model = modelOf([{ type: "completed", response: { status: "completed", output: [] } }]);
    await answerOf(guarded.safety, model, { ...request, input: [saidInParts("a th", "orn")] });
    expect(textsOf(model.requests[0]?.input).join("")).toMatch(new RegExp(`^a ${mark}${mark}$`));
  });

  it("hold no secret of the default policy, in any of them, nor in the log", async () => {
    const guarded = safetyOf(defaultSafetyPolicy, { detectors: createDefaultDetectors() });
    const token = `ghp_${createTextSource(3).text(alphabets.alphanumeric, 36)}`;
    for (const at of [1, 4, 12, 20, 30, 39]) {
      const item = saidInParts(`key ${token.slice(0, at)}`, `${token.slice(at)} is mine`);
      const { value } = await guarded.safety.guard.input([item], scope);
      expect(textsOf(value).join("")).not.toContain(token.slice(0, at));
      const draft: EventDraft = { type: "PromptReceived", data: { items: [item] } };
      expect(guarded.safety.redactor.draft(draft, scope).draft.data).toEqual({ items: value });
    }
  });
});

describe("texts of an answer that a reader joins", () => {
  const { safety } = safetyOf({ rules: plantRules("model_output") });

  it.each([
    ["parts of a message", [["a th", "orn here"]]],
    ["messages", [["a th"], ["orn here"]]],
    ["parts, with nothing between", [["a th", "", "orn here"]]],
    ["a middle part that is all of it", [["a t", "ho"], ["rn here"]]],
  ])("do not complete a match over the borders of %s, and are recorded as they were streamed", async (_what, items) => {
    for (const size of [1, 3, 100]) {
      const { text, response } = await answerOf(safety, modelOf(answerParts(items, size)));
      expect(text).toMatch(/^a th?\S* here$/);
      expect(text).not.toContain("thorn");
      expect(text).toMatch(new RegExp(`${mark} here$`));
      expect(textsOf(response?.output).join("")).toBe(text);
    }
  });

  it("end where what is blocked would be completed", async () => {
    const { text, response } = await answerOf(safety, modelOf(answerParts([["use ven"], ["om now"]], 2)));
    expect([text, response?.incompleteReason]).toEqual(["use ven", "content_filter"]);
  });

  it("go on as they are where there is no match, and where a match is whole before the border", async () => {
    const fine = await answerOf(
      safety,
      modelOf(
        answerParts(
          [
            ["a th ", "orn"],
            ["and", "more"],
          ],
          2,
        ),
      ),
    );
    expect(textsOf(fine.response?.output)).toEqual(["a th ", "orn", "and", "more"]);
    const whole = await answerOf(safety, modelOf(answerParts([["a thorn", " here"]], 2)));
    expect(whole.text).toMatch(new RegExp(`^a ${mark} here$`));
  });

  it("look back on a private key of which the beginning has gone out", async () => {
    const guarded = safetyOf(defaultSafetyPolicy, { detectors: createDefaultDetectors() });
    const source = createTextSource(9);
    const lines = Array.from({ length: 40 }, () => source.text(alphabets.base64, 64));
    const key = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
    const cut = key.indexOf(lines[30] ?? "");
    const texts = [`It is ${key.slice(0, cut)}`, `${key.slice(cut)}and that is all.`];
    const { text } = await answerOf(guarded.safety, modelOf(answerParts([texts], 50)));
    for (const line of lines.slice(30)) expect(text).not.toContain(line);
    expect(text.endsWith("and that is all.")).toBe(true);
  });
});

/** The parts of an answer of messages with these texts, in pieces of a size. */
function answerParts(messages: readonly (readonly string[])[], size: number): readonly ModelStreamPart[] {
  const items = messages.map((texts, index): Item => {
    const content = parts("output_text", texts);
    return { type: "message", role: "assistant", id: `m${index}`, status: "completed", content };
  });
  const told = items.flatMap((item, index): readonly ModelStreamPart[] => [
    { type: "item.added", index, item: { ...item, status: "in_progress", content: [] } },
    ...(messages[index] ?? []).flatMap((text, contentIndex) =>
      Array.from({ length: Math.ceil(text.length / size) }, (_, piece): ModelStreamPart => {
        const delta = text.slice(piece * size, (piece + 1) * size);
        return { type: "text.delta", index, contentIndex, delta };
      }),
    ),
    { type: "item.done", index, item },
  ]);
  return [...told, { type: "completed", response: { status: "completed", output: items } }];
}
