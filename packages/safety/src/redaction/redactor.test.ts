import type { NewEvent } from "@agentkit/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { failingDetector } from "../policy/policy.test.support.ts";
import { createPlaceholderBook } from "./placeholder-book.ts";
import { isNumberPlaceholder } from "./placeholder.ts";
import { redactingPolicy, testKey } from "./redaction.test.support.ts";
import { createRedactor } from "./redactor.ts";

const scope = { session: "a1" };
const redactor = createRedactor({ policy: redactingPolicy(), key: testKey });
const mail = "ada@mail.example";
const token = "tok_abcdefghijkl";
const placeholder = /^\[\[PII:EMAIL:[0-9a-f]{12}\]\]$/;

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** Text in which secrets, persons, placeholders and what looks like them meet in every way. */
const messyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        mail,
        token,
        "4111111111111111",
        '"',
        "password",
        " ",
        "[[",
        "]]",
        "~",
        "\\",
        "{",
        "}",
        ":",
        "\u200b",
      ),
      fc.constant(redactor.text(mail, scope)),
      fc.constant("[[PII:EMAIL:0123456789ab]]"),
      fc.constant("[[~0123456789ab:PII:EMAIL:0123456789ab]]"),
      fc.string({ maxLength: 6, unit: "binary" }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("redactor.text", () => {
  it("gives a value the same placeholder in a session, and another one elsewhere", () => {
    const text = redactor.text(mail, scope);
    expect(text).toMatch(placeholder);
    expect(redactor.text(`to ${mail}, again ${mail}`, scope)).toBe(`to ${text}, again ${text}`);
    expect(redactor.text(mail, { session: "b2" })).not.toBe(text);
    expect(redactor.text("bob@mail.example", scope)).not.toBe(text);
    const other = createRedactor({ policy: redactingPolicy(), key: new Uint8Array(32) });
    expect(other.text(mail, scope)).not.toBe(text);
  });

  it("changes nothing that was redacted", () => {
    fc.assert(
      fc.property(messyText, (text) => {
        const once = redactor.text(text, scope);
        expect(redactor.text(once, scope)).toBe(once);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("leaves no value behind, whatever stands around it", () => {
    fc.assert(
      fc.property(messyText, messyText, (before, after) => {
        const text = redactor.text(`${before} eve@mail.example tok_mnopqrstuvwx ${after}`, scope);
        expect(text).not.toContain("eve@mail.example");
        expect(text).not.toContain("tok_mnopqrstuvwx");
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("escapes what only looks like a placeholder, and looks into it", () => {
    const forged = "[[PII:EMAIL:0123456789ab]]";
    expect(redactor.text(`see ${forged}`, scope)).toMatch(/^see \[\[~[0-9a-f]{12}:PII:EMAIL:0123456789ab\]\]$/);
    expect(redactor.text(`[[X:${token}:0123456789ab]]`, scope)).not.toContain(token);
  });

  it("withholds a text that its detector cannot look at", () => {
    const rule = { id: "r", detector: "broken", surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
    const broken = { detectors: [failingDetector("broken")] };
    const closed = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, broken);
    expect(createRedactor({ policy: closed, key: testKey }).text("hello you", scope)).toMatch(
      /^\[\[WITHHELD:DETECTOR_FAILED:/,
    );
    const open = defineSafetyPolicy({ id: "p", version: "1", rules: [{ ...rule, onFailure: "open" }] }, broken);
    expect(createRedactor({ policy: open, key: testKey }).text("hello you", scope)).toBe("hello you");
  });

  it("refuses a short key", () => {
    expect(() => createRedactor({ policy: redactingPolicy(), key: new Uint8Array(31) })).toThrow(
      expect.objectContaining({ code: "definition_invalid" }),
    );
  });
});

describe("redactor.value", () => {
  const place = redactor.text(mail, scope);

  it("looks into keys, numbers, lists and JSON within strings", () => {
    const value = {
      [mail]: [mail, { deep: `<${mail}>` }],
      card: 4111111111111111,
      count: 3,
      none: null,
      yes: true,
      arguments: JSON.stringify({ to: "ada\\u0040mail.example", n: 1 }).replaceAll("\\\\", "\\"),
    };
    expect(redactor.value(value, scope)).toEqual({
      [place]: [place, { deep: `<${place}>` }],
      card: matching(/^\[\[PII:CARD__NUMBER:[0-9a-f]{12}\]\]$/),
      count: 3,
      none: null,
      yes: true,
      arguments: JSON.stringify({ to: place, n: 1 }),
    });
  });

  it("leaves JSON within strings as it was written when there is nothing in it", () => {
    expect(redactor.value('{ "a" : 1.0 }', scope)).toBe('{ "a" : 1.0 }');
    expect(redactor.value(`{"a":"${token}","a":1}`, scope)).not.toContain(token);
  });

  it("changes nothing that was redacted, numbers as little as texts", () => {
    const numbers = fc.oneof(fc.constantFrom(4111111111111111, -4111111111111111, 4111111111111111.5), fc.double());
    fc.assert(
      fc.property(fc.array(fc.record({ a: numbers, password: fc.oneof(numbers, messyText) })), (value) => {
        const once = redactor.value(JSON.parse(JSON.stringify(value)), scope);
        expect(redactor.value(once, scope)).toEqual(once);
        const text = JSON.stringify(redactor.value(JSON.stringify(value), scope));
        expect(text).not.toContain("4111111111111111");
        expect(redactor.value(JSON.parse(text), scope)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("keeps the name of a number's placeholder for numbers", () => {
    const categories = ["x.account__number", "x.account_number", `x.${"a".repeat(38)}_number`, "number"];
    const placeholders = createPlaceholderBook(testKey)("a1");
    for (const category of categories) {
      expect(isNumberPlaceholder(placeholders.of(category, "1234567"))).toBe(false);
      const number = placeholders.ofNumber(category, "1234567");
      expect(isNumberPlaceholder(number)).toBe(true);
      expect(placeholders.split(number)).toEqual([{ type: "placeholder", text: number }]);
    }
  });

  it("tells a value by the name of its field", () => {
    expect(JSON.stringify(redactor.value({ password: "hunter2", note: "hunter2" }, scope))).toMatch(
      /^\{"password":"\[\[SECRET:PASSWORD:[0-9a-f]{12}\]\]","note":"hunter2"\}$/,
    );
  });

  it("looks into errors, their causes and stacks", () => {
    const error = Object.assign(new Error(`no ${mail}`, { cause: new TypeError(token) }), { to: mail });
    const text = JSON.stringify(redactor.value({ error }, scope));
    expect(text).not.toContain(mail);
    expect(text).not.toContain(token);
    expect(text).toContain(`no ${place}`);
  });

  it("looks at what objects say of themselves", () => {
    const value = { at: new Date(0), url: new URL(`https://x.example/?q=${mail}`), big: 4111111111111111n };
    expect(redactor.value(value, scope)).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      url: `https://x.example/?q=${place}`,
      big: redactor.text("4111111111111111", scope),
    });
  });

  it("withholds what it cannot look at", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(JSON.stringify(redactor.value(cycle, scope))).toMatch(/WITHHELD:CYCLE/);
    let deep: unknown = mail;
    for (let level = 0; level < 200; level += 1) deep = [deep];
    expect(JSON.stringify(redactor.value(deep, scope))).toMatch(/WITHHELD:DEPTH/);
  });

  it("keeps a key that is __proto__ a key", () => {
    expect(JSON.stringify(redactor.value(JSON.parse(`{"__proto__":"${mail}"}`), scope))).toBe(
      `{"__proto__":"${place}"}`,
    );
  });
});

describe("redactor.event", () => {
  const event: NewEvent = {
    id: "3f0c5b6e-6f0a-4d7e-9a53-0b1f6f0c2d11",
    type: "PromptReceived",
    version: 1,
    time: "2026-11-22T13:08:05.123Z",
    data: { items: [{ type: "message", content: mail }] },
    meta: { session: "a1", actor: `person:${mail}` },
  };

  it("redacts the data, and who did it", () => {
    const place = redactor.text(mail, scope);
    expect(redactor.event("session-a1", event)).toEqual({
      ...event,
      data: { items: [{ type: "message", content: place }] },
      meta: { session: "a1", actor: `person:${place}` },
    });
  });

  it("redacts a draft as it redacts the event that is made of it", () => {
    const draft = { type: "PromptReceived", data: { items: [{ type: "message", content: mail }] } } as const;
    expect(redactor.draft({ ...draft, data: { items: [...draft.data.items] } }, scope).data).toEqual(
      redactor.event("session-a1", event).data,
    );
  });

  it("leaves alone what machines made for machines", () => {
    const sealed = `${token}${"A".repeat(60)}`;
    const data = {
      output: [{ type: "reasoning", encrypted_content: sealed }],
      argumentsHash: `sha256:${"0".repeat(48)}4111111111111111`,
    };
    expect(redactor.event("session-a1", { ...event, data }).data).toEqual(data);
    const elsewhere = { output: [{ type: "message", encrypted_content: sealed }] };
    expect(JSON.stringify(redactor.event("session-a1", { ...event, data: elsewhere }))).not.toContain(token);
  });

  it.each([
    ["meta.tenant", { meta: { tenant: mail } }],
    ["meta.subjects", { meta: { subjects: ["s1", mail] } }],
    ["type", { type: token }],
    [
      "data.content",
      { type: "ContentRecorded", data: { hash: "sha256:0", kind: "instructions", content: `Ask ${mail}` } },
    ],
  ])("refuses what it cannot change: %s", (param, part) => {
    const refuse = () => redactor.event("session-a1", { ...event, ...part });
    expect(refuse).toThrow(expect.objectContaining({ code: "event_invalid", param }));
    expect(refuse).not.toThrow(mail);
  });
});
