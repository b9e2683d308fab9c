import {
  createAgentKit,
  createInMemoryEventLog,
  decodeEvent,
  defineAgent,
  defineTool,
  type EventLog,
  type Safety,
} from "@agentkit/core";
import { fixedClock, scriptedModel, type ScriptedAnswer, sequentialIds } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createDefaultDetectors } from "../default-detectors.ts";
import { defaultSafetyPolicy } from "../default-policy.ts";
import { createOverrideBook, recordOverride } from "../overrides/override-log.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { alphabets, createTextSource } from "../secrets/secret-samples.test.support.ts";
import { detectors, moderationRule, plantRules, rule, safetyOf } from "./safety.test.support.ts";

const clock = fixedClock();
const approvals = { keyId: "k", sign: (text: string) => `${text.length}`, verify: () => true };

function setUp(safety: Safety, script: readonly ScriptedAnswer[], log: EventLog = createInMemoryEventLog()) {
  const sent: string[] = [];
  const mail = defineTool({
    name: "send_mail",
    description: "Sends a mail.",
    input: z.object({ to: z.email(), text: z.string() }),
    run: ({ to, text }) => {
      sent.push(to);
      return `Sent to ${to}: ${text}`;
    },
  });
  const model = scriptedModel(script);
  const agents = [defineAgent({ name: "desk", model: "scripted", instructions: "Help.", tools: [mail] })];
  const kit = createAgentKit({ log, model, agents, safety, approvals, clock, ids: sequentialIds() });
  const readAll = async () => {
    const events = [];
    for await (const stored of log.readAll()) events.push(decodeEvent(stored));
    return events;
  };
  return { kit, log, model, sent, readAll };
}

describe("an agent under the default policy", () => {
  it("gives a tool a number that was redacted as the number it was", async () => {
    const { safety } = safetyOf(
      {
        rules: [rule({ detector: "pii", surfaces: ["append"], action: "redact" })],
        restore: [{ categories: ["pii.card"], tools: ["pay"] }],
      },
      { detectors: createDefaultDetectors() },
    );
    const card = 4_111_111_111_111_111;
    const paid: number[] = [];
    const pay = defineTool({
      name: "pay",
      description: "Pays by card.",
      input: z.object({ card: z.number() }),
      sideEffects: "none",
      run: (input) => `Paid ${paid.push(input.card)}`,
    });
    const log = createInMemoryEventLog();
    const model = scriptedModel([{ calls: [{ name: "pay", arguments: { card } }] }, { text: "Done." }]);
    const agents = [defineAgent({ name: "desk", model: "scripted", instructions: "Help.", tools: [pay] })];
    const kit = createAgentKit({ log, model, agents, safety, clock, ids: sequentialIds() });
    await kit.run({ input: "Pay." });
    expect(paid).toEqual([card]);
    let kept = "";
    for await (const { data } of log.readAll()) kept += JSON.stringify(data);
    expect(kept).not.toContain(String(card));
  });

  it("keeps secrets and personal data out of log and prompt, and gives persons to tools and to the reader", async () => {
    const { safety } = safetyOf(defaultSafetyPolicy, { detectors: createDefaultDetectors() });
    const mail = "ada.lovelace@mail.example.org";
    const token = `ghp_${createTextSource(3).text(alphabets.alphanumeric, 36)}`;
    const placeholder = safety.redactor.text(mail, { session: "s" });
    const { kit, model, sent, readAll } = setUp(safety, [
      { calls: [{ name: "send_mail", arguments: { to: placeholder, text: "Hello" } }] },
      { text: `I wrote to ${placeholder}, see ![the chart of it](https://evil.example/c.png?d=1) now.` },
    ]);
    const deltas: string[] = [];
    for await (const part of await kit.stream({ input: `Write to ${mail}. My token is ${token}.`, session: "s" })) {
      if (part.type === "delta" && part.delta.type === "text.delta") deltas.push(part.delta.delta);
    }
    expect(sent).toEqual([mail]);
    expect(deltas.join("")).toMatch(
      /^I wrote to ada\.lovelace@mail\.example\.org, see \[\[EXFILTRATION:IMAGE:\w{12}\]\] now\.$/,
    );
    const kept = JSON.stringify([await readAll(), model.requests]);
    expect(kept).not.toContain(mail);
    expect(kept).not.toContain(token);
    const decided = (await readAll()).flatMap((event) => (event.type === "ModerationDecided" ? [event.data] : []));
    expect(decided.map(({ surface, verdict }) => `${surface} ${verdict}`)).toEqual([
      "user_input redact",
      "append redact",
      "tool_arguments allow",
      "tool_result allow",
      "append redact",
      "model_output redact",
    ]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

describe("a run", () => {
  it("ends as filtered where an answer is blocked, with what went out and a refusal", async () => {
    const { safety } = safetyOf({ rules: plantRules("model_output") });
    const { kit, readAll } = setUp(safety, [{ text: "First a rose, then venom for all." }]);
    const result = await kit.run({ input: "Tell.", session: "s" });
    expect(result).toMatchObject({ outcome: "incomplete", reason: { code: "content_filter" } });
    expect(JSON.stringify(result.items)).toContain("First a rose, then ");
    expect(JSON.stringify(await readAll())).not.toContain("for all");
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("denies a call whose arguments are blocked, and goes on", async () => {
    const { safety } = safetyOf({ rules: plantRules("tool_arguments") });
    const args = { to: "bob@mail.example", text: "venom" };
    const { kit, sent, readAll } = setUp(safety, [
      { calls: [{ name: "send_mail", arguments: args }] },
      { text: "I could not." },
    ]);
    expect(await kit.run({ input: "Write.", session: "s" })).toMatchObject({ text: "I could not." });
    expect(sent).toEqual([]);
    const denied = (await readAll()).find(({ type }) => type === "ToolCallDenied");
    expect(denied?.data).toMatchObject({ code: "content_blocked" });
    expect(JSON.stringify(await readAll())).not.toContain(args.to);
  });

  it("waits with a held prompt until a person has granted an override", async () => {
    const definition = {
      id: "p",
      version: "1",
      rules: [rule({ id: "held", action: "require_approval", surfaces: ["user_input"] })],
    };
    const log = createInMemoryEventLog();
    const { safety } = safetyOf(definition, { overrides: createOverrideBook(log), clock });
    const { kit } = setUp(safety, [{ text: "Fine." }], log);
    expect(await kit.run({ input: "venom", session: "s" })).toMatchObject({ outcome: "suspended" });
    expect(await kit.resume("s")).toMatchObject({ outcome: "suspended" });
    const wanted = { rule: "held", reason: "a botanist", scope: "session:s", expires: "2100-01-01T00:00:00.000Z" };
    const policy = defineSafetyPolicy(definition, { detectors });
    await recordOverride(log, wanted, { actor: "person:ada", policy, clock });
    expect(await kit.resume("s")).toMatchObject({ outcome: "completed", text: "Fine." });
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("waits with a prompt that could not be moderated until it can be", async () => {
    let isDown = true;
    const moderation = {
      moderate: async () =>
        isDown
          ? ({ type: "failed", reason: "model_overloaded", isConfiguration: false } as const)
          : ({ type: "scored", scores: { violence: 0.1 }, model: "m" } as const),
    };
    const rules = [moderationRule({ surfaces: ["user_input"], onFailure: "queue" })];
    const { safety } = safetyOf({ rules }, { moderation });
    const { kit } = setUp(safety, [{ text: "Fine." }]);
    expect(await kit.run({ input: "Hello", session: "s" })).toMatchObject({ outcome: "suspended" });
    isDown = false;
    expect(await kit.recover()).toMatchObject([{ status: "resumed" }]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });
});
