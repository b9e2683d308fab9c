import { createInMemoryEventLog, type EventDraft, type Item } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { moderationRule, plantRules, rule, safetyOf, scope, userSays } from "./safety.test.support.ts";

const append = [
  rule({ id: "mail", detector: "persons", action: "redact", surfaces: ["append"] }),
  rule({ id: "thorns", categories: ["plant.thorn"], action: "redact", surfaces: ["append"] }),
];
const restore = [
  { categories: ["pii.email"], tools: ["send_*"], fields: ["to"] },
  { categories: ["pii.email"], answer: true },
];
const mail = "ada@mail.example";

function draftOf(text: string): EventDraft {
  return { type: "PromptReceived", data: { items: [userSays(text)] } };
}

describe("the guard of what a caller says", () => {
  const { safety } = safetyOf({ rules: plantRules("user_input") });

  it("comes to one decision on all items, with what was found counted together", async () => {
    const items = [userSays("a thorn and a thorn"), userSays("a weed")];
    const { verdict, value, decisions } = await safety.guard.input(items, scope);
    expect(verdict).toBe("redact");
    expect(decisions).toMatchObject([
      {
        surface: "user_input",
        rules: [
          { id: "thorns", count: 2 },
          { id: "weeds", count: 1 },
        ],
      },
    ]);
    expect(value[0]?.["content"]).toMatch(/^a (\[\[PLANT:THORN:\w{12}\]\]) and a \1$/);
    expect(value[1]).toEqual(items[1]);
  });

  it.each<[string, Item]>([
    ["a text part", { type: "message", role: "user", content: [{ type: "input_text", text: "venom" }] }],
    ["the output of a call", { type: "function_call_output", call_id: "c", output: "venom" }],
    [
      "a part of an output",
      { type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "venom" }] },
    ],
    ["arguments of a call", { type: "function_call", call_id: "c", name: "f", arguments: '{"a":"venom"}' }],
    ["an item that nobody knows", { type: "strange", deep: [{ a: { b: "venom" } }] }],
    ["a key", { type: "strange", "the venom key": 1 }],
    ["what should be a role", { type: "message", role: "user", id: "the venom", content: "x" }],
    [
      "what should be a file",
      { type: "message", role: "user", content: [{ type: "input_image", image_url: "venom !" }] },
    ],
  ])("blocks what stands in %s", async (_name, item) => {
    const { verdict, value } = await safety.guard.input([userSays("fine"), item], scope);
    expect([verdict, value]).toEqual(["block", []]);
  });

  it("redacts keys too", async () => {
    const item = { type: "strange", deep: { "a thorn here": "thorn" } };
    const { value } = await safety.guard.input([item], scope);
    expect(JSON.stringify(value)).toMatch(
      /^\[\{"type":"strange","deep":\{"a (\[\[PLANT:THORN:\w{12}\]\]) here":"\1"\}\}\]$/,
    );
  });

  it("does not take names and files for text", async () => {
    const file = { type: "input_image", image_url: "data:image/png;base64,venomvenom" };
    const item = { type: "message", role: "user", id: "msg_venom", content: [file] };
    expect((await safety.guard.input([item], scope)).verdict).toBe("allow");
  });

  it("measures size and shape first, and without files", async () => {
    const shape = rule({ id: "shape", detector: "shape", surfaces: ["user_input"] });
    const { safety: shaped } = safetyOf({ rules: [...plantRules("user_input"), shape] });
    const big = Array.from({ length: 3 }, () => userSays("venom ".repeat(200)));
    const { decisions, verdict } = await shaped.guard.input(big, scope);
    expect(verdict).toBe("block");
    expect(decisions[0]?.rules.map(({ category }) => category)).toEqual(["shape.too_large"]);
    const image = { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(9_000)}` };
    const pictured = { type: "message", role: "user", content: [image] };
    expect((await shaped.guard.input([pictured], scope)).verdict).toBe("allow");
  });

  it("blocks what is nested too deeply to be looked at", async () => {
    let deep: Item = { type: "strange" };
    for (let depth = 0; depth < 200; depth += 1) deep = { type: "strange", deep };
    const { verdict, decisions } = await safety.guard.input([deep], scope);
    expect([verdict, decisions[0]?.degraded?.reason]).toEqual(["block", "too_deep"]);
  });

  it("has what the user says moderated, and holds it for a person where the rule queues", async () => {
    const queued = [moderationRule({ surfaces: ["user_input"], onFailure: "queue" })];
    const { safety: moderating, moderated } = safetyOf({ rules: queued });
    const developer = { type: "message", role: "developer", content: "not this" };
    expect((await moderating.guard.input([developer, userSays("fury")], scope)).verdict).toBe("block");
    const held = await moderating.guard.input([userSays("outage")], scope);
    expect([held.verdict, held.decisions[0]?.degraded?.failMode]).toEqual(["require_approval", "queue"]);
    expect(held.value).toEqual([userSays("outage")]);
    expect(moderated).toEqual(["fury", "outage"]);
  });

  it("sends nothing to be moderated that the detectors block", async () => {
    const rules = [...plantRules("user_input"), moderationRule({ surfaces: ["user_input"] })];
    const { safety: moderating, moderated } = safetyOf({ rules });
    expect((await moderating.guard.input([userSays("venom")], scope)).verdict).toBe("block");
    expect(moderated).toEqual([]);
  });

  it("keeps arguments JSON when a number has to go", async () => {
    const cards = [rule({ id: "cards", detector: "persons", action: "redact", surfaces: ["user_input"] })];
    const { safety: redacting } = safetyOf({ rules: cards });
    const call = { type: "function_call", call_id: "c", name: "pay", arguments: '{"card":4111111111111111,"n":1}' };
    const { value } = await redacting.guard.input([call], scope);
    expect(value[0]?.["arguments"]).toMatch(/^\{"card":"\[\[PII:CARD__NUMBER:\w{12}\]\]","n":1\}$/);
  });

  it("decides nothing where no rule has a say", async () => {
    const { safety: silent } = safetyOf({ rules: plantRules("tool_result") });
    const items = [userSays("venom")];
    expect(await silent.guard.input(items, scope)).toEqual({ verdict: "allow", value: items, decisions: [] });
    const { safety: others } = safetyOf({ rules: [rule({ surfaces: ["user_input"], agents: ["shop"] })] });
    expect((await others.guard.input(items, scope)).decisions).toEqual([]);
  });
});

describe("the guard of texts", () => {
  it.each([
    ["tool_result", "thorn", "redact"],
    ["tool_result", "venom", "block"],
    ["memory_write", "weed", "flag"],
    ["memory_write", "rose", "allow"],
    // A request cannot be sent in part.
    ["outgoing_http", "thorn", "block"],
  ] as const)("decides on %s: %s comes to %s", async (surface, text, expected) => {
    const { safety } = safetyOf({ rules: plantRules(surface) });
    const { verdict, value, decisions } = await safety.guard.text({ surface, text }, scope);
    expect([verdict, decisions[0]?.verdict, decisions[0]?.surface]).toEqual([expected, expected, surface]);
    expect(value === text).toBe(expected === "allow" || expected === "flag");
    expect(value).not.toMatch(/venom|thorn/);
  });

  it.each([
    ["tool_arguments", "require_approval"],
    ["tool_result", "block"],
    ["memory_write", "block"],
    ["outgoing_http", "block"],
  ] as const)("has a person asked only where one can be: %s", async (surface, expected) => {
    const { safety } = safetyOf({ rules: [rule({ action: "require_approval", surfaces: [surface] })] });
    expect((await safety.guard.text({ surface, text: "venom" }, scope)).verdict).toBe(expected);
    expect(safety.asksForApproval).toBe(surface === "tool_arguments");
  });

  it("leaves placeholders of the session as they are, and looks at what only looks like one", async () => {
    const { safety } = safetyOf({ rules: plantRules("tool_result") });
    const once = await safety.guard.text({ surface: "tool_result", text: "a thorn" }, scope);
    const again = await safety.guard.text({ surface: "tool_result", text: once.value }, scope);
    expect([again.value, again.verdict]).toEqual([once.value, "allow"]);
    const elsewhere = await safety.guard.text({ surface: "tool_result", text: "[[A:thorn venom]]" }, scope);
    expect(elsewhere.verdict).toBe("block");
  });

  it("says where in what goes on something was redacted", async () => {
    const { safety } = safetyOf({ rules: plantRules("tool_result") });
    const { value, decisions } = await safety.guard.text({ surface: "tool_result", text: "a thorn, a thorn" }, scope);
    const spans = decisions[0]?.rules[0]?.spans?.map(([start, end]) => value.slice(start, end));
    expect(value).toMatch(/^a (\[\[.*\]\]), a \1$/);
    expect(spans).toEqual(value.match(/\[\[.*?\]\]/g));
  });

  it("is called off with its signal, and throws for nothing else", async () => {
    const { safety } = safetyOf({ rules: [moderationRule({ surfaces: ["tool_result"] })] });
    const signal = AbortSignal.abort("enough");
    const asked = safety.guard.text({ surface: "tool_result", text: "hello" }, { ...scope, signal });
    await expect(asked).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("the redactor of a log", () => {
  const { safety } = safetyOf({ rules: append, restore });

  it("decides only where something was redacted, each redaction counted once", () => {
    expect(safety.redactor.draft(draftOf("hello"), scope)).toEqual({ draft: draftOf("hello"), decisions: [] });
    const { draft: redacted, decisions } = safety.redactor.draft(draftOf(`${mail} thorn ${mail}`), scope);
    expect(JSON.stringify(redacted)).not.toContain(mail);
    expect(decisions).toMatchObject([
      {
        surface: "append",
        verdict: "redact",
        mode: "enforce",
        rules: [
          { id: "mail", category: "pii.email", count: 2 },
          { id: "thorns", count: 1 },
        ],
        policy: safety.policy,
      },
    ]);
    expect(safety.redactor.draft(redacted, scope)).toEqual({ draft: redacted, decisions: [] });
  });

  it("tells what rules that observe would do, each time and once, and leaves it", () => {
    const observed = append.map((each) => ({ ...each, mode: "observe" as const }));
    const { safety: observing } = safetyOf({ rules: observed });
    const items = [{ type: "function_call", call_id: "c", name: "f", arguments: JSON.stringify({ to: mail }) }];
    const draft: EventDraft = { type: "PromptReceived", data: { items: [userSays(mail), ...items] } };
    for (let time = 1; time <= 2; time += 1) {
      const { draft: kept, decisions } = observing.redactor.draft(draft, scope);
      expect(kept).toEqual(draft);
      expect(decisions).toMatchObject([{ mode: "observe", verdict: "redact", rules: [{ id: "mail", count: 2 }] }]);
    }
  });

  it("says so where a text was withheld because a detector failed", () => {
    const broken = {
      id: "broken",
      version: "1",
      categories: ["any"],
      detect: () => {
        throw new Error("no");
      },
    };
    const rules = [rule({ id: "b", detector: "broken", action: "redact", surfaces: ["append"] })];
    const { safety: failing } = safetyOf({ rules }, { detectors: [broken] });
    const { decisions } = failing.redactor.draft(draftOf("hello you"), scope);
    expect(decisions).toMatchObject([{ verdict: "redact", degraded: { provider: "broken", failMode: "closed" } }]);
  });

  it("redacts a text as it would in an event, so that its hash stays right", () => {
    const text = JSON.stringify({ card: 4_111_111_111_111_111, to: mail });
    const redacted = safety.redactor.text(text, scope);
    expect(redacted).toMatch(/^\{"card":"\[\[PII:CARD__NUMBER:\w{12}\]\]","to":"\[\[PII:EMAIL:\w{12}\]\]"\}$/);
    expect(safety.redactor.draft(draftOf(text), scope).draft).toEqual(draftOf(redacted));
    expect(safety.redactor.draft(draftOf(redacted), scope).decisions).toEqual([]);
  });

  it("gives what a guard gives: the same value has the same placeholder", async () => {
    const rules = [...append, rule({ id: "m", detector: "persons", action: "redact", surfaces: ["user_input"] })];
    const { safety: both } = safetyOf({ rules });
    const { value } = await both.guard.input([userSays(`I am ${mail}`)], scope);
    expect(value[0]?.["content"]).toBe(both.redactor.text(`I am ${mail}`, scope));
  });

  it("redacts definitions alike for all sessions, and takes their placeholders for genuine in each", async () => {
    const instructions = safety.redactor.definition(`Answer as ${mail}.`);
    expect(instructions).not.toContain(mail);
    for (const session of ["a1", "b2"]) {
      expect(safety.redactor.text(instructions, { session })).toBe(instructions);
      const [item] = await safety.restorer.items([userSays(instructions)], { session });
      expect(item?.["content"]).toBe(`Answer as ${mail}.`);
    }
    const tools = safety.redactor.definition([{ name: "f", description: mail }]);
    expect(JSON.stringify(tools)).toMatch(/^\[\{"name":"f","description":"\[\[PII:EMAIL:\w{12}\]\]"\}\]$/);
  });

  it("lets redacted definitions be recorded, and no others", async () => {
    const log = safety.redactor.protect(createInMemoryEventLog());
    const record = async (content: string) =>
      log.append(
        "content-1",
        [
          {
            id: "00000000-0000-4000-8000-000000000001",
            type: "ContentRecorded",
            version: 1,
            time: "2026-11-22T12:00:00.000Z",
            data: { content },
            meta: {},
          },
        ],
        { expected: "no_stream" },
      );
    await expect(record(`Answer as ${mail}.`)).rejects.toMatchObject({ code: "event_invalid" });
    await expect(record(safety.redactor.definition(`Answer as ${mail}.`))).resolves.toMatchObject({ revision: 0 });
  });

  it("is put around a log once", () => {
    const log = createInMemoryEventLog();
    const around = safety.redactor.protect(log);
    expect([safety.redactor.protect(log), safety.redactor.protect(around)]).toEqual([around, around]);
    expect(around).not.toBe(log);
  });
});

describe("the restorer", () => {
  const { safety } = safetyOf({ rules: append, restore });
  const placeholder = safety.redactor.text(mail, scope);

  it("puts values back for tools, in the fields that may have them", async () => {
    const text = JSON.stringify({ to: placeholder, body: placeholder });
    expect(["send_mail", "read"].map((tool) => safety.restorer.concerns(tool, text))).toEqual([true, false]);
    expect(safety.restorer.concerns("send_mail", '{"to":"nobody"}')).toBe(false);
    const restored = await safety.restorer.toolArguments("send_mail", text, scope);
    expect(JSON.parse(restored)).toEqual({ to: mail, body: placeholder });
  });

  it("gives a tool what the user wrote, where it only looked like a placeholder", async () => {
    const written = "[[PII:EMAIL:000000000000]]";
    const text = JSON.stringify({ a: safety.redactor.text(written, scope) });
    expect(text).not.toContain(written);
    expect(safety.restorer.concerns("read", text)).toBe(true);
    expect(JSON.parse(await safety.restorer.toolArguments("read", text, scope))).toEqual({ a: written });
  });

  it("shows the user messages, reasoning and calls with values put back, and other items as they are", async () => {
    const message = { type: "message", role: "assistant", content: [{ type: "output_text", text: placeholder }] };
    const items: Item[] = [
      message,
      { type: "reasoning", summary: [{ type: "summary_text", text: placeholder }] },
      { type: "function_call", call_id: "c", name: "send_mail", arguments: JSON.stringify({ to: placeholder }) },
      { type: "function_call_output", call_id: "c", output: placeholder },
    ];
    expect(await safety.restorer.items(items, scope)).toEqual([
      { ...message, content: [{ type: "output_text", text: mail }] },
      { type: "reasoning", summary: [{ type: "summary_text", text: mail }] },
      { ...items[2], arguments: JSON.stringify({ to: mail }) },
      items[3],
    ]);
  });

  it("shows what a tool may have to who runs the tool, and to no other reader", async () => {
    const forTool = [{ categories: ["pii.email"], tools: ["send_mail"], fields: ["to"] }];
    const { safety: own } = safetyOf({ rules: append, restore: forTool });
    const text = JSON.stringify({ to: own.redactor.text(mail, scope), body: own.redactor.text(mail, scope) });
    const call = { type: "function_call", call_id: "c", name: "send_mail", arguments: text };
    expect(await own.restorer.items([call], scope)).toEqual([call]);
    const given = { ...call, arguments: JSON.stringify({ to: mail, body: placeholder }) };
    expect(await own.restorer.items([call], scope, ({ name }) => name === "send_mail")).toEqual([given]);
  });
});
