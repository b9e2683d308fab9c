import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import type { Tool } from "../agent/tool.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import type { Safety } from "../safety/safety.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { ScriptedAnswer } from "../testing/scripted-model.ts";
import { readEvents, readTypes, testKit } from "./session-harness.test.support.ts";
import { readableLog, wordSafety } from "./word-safety.test.support.ts";

const authority: ApprovalAuthority = {
  keyId: "test",
  sign: (text) => createHmac("sha256", "test").update(text).digest("base64url"),
  verify: (text, signature) => authority.sign(text) === signature,
};

const done: ScriptedAnswer = { text: "Done." };

function call(name: string, args: unknown, id = "c_1"): ScriptedAnswer {
  return { calls: [{ name, arguments: args, id }] };
}

interface Setting {
  readonly safety?: Safety;
  readonly script?: readonly ScriptedAnswer[];
  readonly tools?: readonly Tool[];
  readonly instructions?: string;
}

function setUp({ safety = wordSafety(), script = [done], tools = [], instructions }: Setting) {
  const { log, text } = readableLog();
  const model = scriptedModel(script);
  const agent = defineAgent({ name: "clerk", model: "scripted", tools, ...(instructions && { instructions }) });
  const kit = testKit({ log, model, agents: [agent], approvals: authority, safety });
  return { log, model, kit, text };
}

function sent(tool: Partial<Parameters<typeof defineTool>[0]> = {}): { readonly tool: Tool; readonly got: string[] } {
  const got: string[] = [];
  const mail = defineTool({
    name: "mail",
    description: "Sends a mail.",
    input: z.object({ to: z.string().regex(/^[A-Z]+$/) }),
    run: ({ to }) => {
      got.push(to);
      return `sent to ${to}`;
    },
  });
  return { tool: { ...mail, ...(tool.name !== undefined && { name: tool.name }) }, got };
}

function hidden<Value>(_value: Value): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a text for a text
  return "[[WITHHELD]]" as Value;
}

function reading(output: string, trust?: "untrusted"): Tool {
  return defineTool({
    name: "read",
    description: "Reads.",
    input: z.object({}),
    sideEffects: "none",
    ...(trust && { trust }),
    run: () => output,
  });
}

function ask(agent: string): Tool {
  return defineTool({
    name: `ask_${agent}`,
    description: "Asks.",
    input: z.object({}),
    sideEffects: "none",
    run: async (_input, { runAgent }) => {
      const result = await runAgent({ agent, input: "Go." });
      return result.type === "finished" ? result.text : result;
    },
  });
}

describe("a prompt", () => {
  it("that is blocked is not recorded, asks no model, and ends as filtered", async () => {
    const { kit, log, model, text } = setUp({});
    const result = await kit.run({ input: "BLOCKED words", session: "s" });
    expect(result).toMatchObject({ outcome: "incomplete", reason: { code: "content_filter" }, items: [] });
    expect(await readTypes(log, "s")).toEqual(["SessionStarted", "RunStarted", "ModerationDecided", "RunCompleted"]);
    expect(model.requests).toEqual([]);
    expect(await text()).not.toContain("BLOCKED");
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
    expect(await kit.run({ input: "Hello", session: "s" })).toMatchObject({ outcome: "completed" });
    expect(model.requests[0]?.input).toHaveLength(1);
  });

  it("that is held waits, is looked at again when somebody comes by, and goes on once it may", async () => {
    const released = new Set<string>();
    const { kit, log, model } = setUp({ safety: wordSafety({ released }) });
    expect(await kit.run({ input: "HELD", session: "s" })).toMatchObject({ outcome: "suspended", waiting: [] });
    expect(await kit.recover({ skipSuspended: true })).toMatchObject([{ status: "suspended" }]);
    expect(await kit.resume("s")).toMatchObject({ outcome: "suspended" });
    expect(model.requests).toEqual([]);
    released.add("HELD");
    expect(await kit.recover({ skipSuspended: true })).toMatchObject([{ status: "resumed" }]);
    expect(await kit.result("s", (await kit.load("s")).turns.last()?.run ?? "")).toMatchObject({ text: "Done." });
    expect((await readTypes(log, "s")).slice(2, 8)).toEqual([
      "ModerationDecided",
      "PromptReceived",
      "RunSuspended",
      "ModerationDecided",
      "RunResumed",
      "ContextAssembled",
    ]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("that is held can be cancelled", async () => {
    const { kit } = setUp({});
    await kit.run({ input: "HELD", session: "s" });
    await expect(kit.run({ input: "Next", session: "s" })).rejects.toThrow(/held by the safety policy/);
    expect(await kit.cancel("s")).toMatchObject({ outcome: "cancelled" });
  });
});

describe("the log view", () => {
  it("is what is folded and sent, and the user gets the values back", async () => {
    const script = [{ text: "You said [[S]]." }];
    const { kit, log, model, text } = setUp({ script, instructions: "The code is SECRET." });
    const options = { instructions: "Mind the SECRET.", metadata: { note: "SECRET" }, settings: { user: "SECRET" } };
    const result = await kit.run({ input: "My SECRET", session: "s", ...options });
    expect(result.text).toBe("You said SECRET.");
    expect(JSON.stringify(model.requests)).not.toContain("SECRET");
    expect(model.requests[0]?.instructions).toBe("The code is [[S]].\n\nMind the [[S]].");
    expect(await text()).not.toContain("SECRET");
    const events = await readEvents(log, "s");
    const appended = events.filter((event) => event.type === "ModerationDecided" && event.data.surface === "append");
    expect(appended).not.toEqual([]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
    const { session } = await kit.fork("s", { instructions: "SECRET", metadata: { a: "SECRET" } });
    await kit.createSession({ session: "t", metadata: { a: "SECRET" } });
    expect(await kit.replay(session)).toMatchObject({ status: "identical" });
    expect(await text()).not.toContain("SECRET");
  });

  it("gives a tool its values in memory, reads them again, and keeps its result out of the log", async () => {
    const { tool, got } = sent();
    const { kit, log, text } = setUp({ tools: [tool], script: [call("mail", { to: "[[S]]" }), done] });
    await kit.run({ input: "Mail it.", session: "s" });
    expect(got).toEqual(["SECRET"]);
    expect(await text()).not.toContain("SECRET");
    expect(await text()).toContain("sent to [[S]]");
    const events = await readEvents(log, "s");
    const outcome = events.findIndex((event) => event.type === "ToolCallSucceeded");
    expect(events[outcome + 1]?.data).toMatchObject({ surface: "append", verdict: "redact", callId: "c_1" });
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("gives none to a tool that may not have them, and fails a call whose values do not fit", async () => {
    const other = sent({ name: "post" });
    const { kit } = setUp({ tools: [other.tool], script: [call("post", { to: "[[S]]" }), done] });
    await kit.run({ input: "Mail it.", session: "s" });
    expect(other.got).toEqual([]);
    const mail = sent();
    const second = setUp({ tools: [mail.tool], script: [call("mail", { to: "[[S]] x" }), done] });
    await second.kit.run({ input: "Mail it.", session: "s" });
    expect(mail.got).toEqual([]);
    const failed = (await readEvents(second.log, "s")).find((event) => event.type === "ToolCallFailed");
    expect(failed?.data.code).toBe("input_invalid");
  });

  it("holds what an approver writes, and the approval of it", async () => {
    const { tool, got } = sent();
    const asking: Tool = { ...tool, approval: { when: "always", roles: [], validForMs: 60_000 } };
    const { kit, text } = setUp({ tools: [asking], script: [call("mail", { to: "X" }), done] });
    await kit.run({ input: "Mail it.", session: "s" });
    const decide = async (to: string) => {
      const [request] = await kit.approvals("s");
      const edit = { ticket: request?.ticket ?? "", outcome: "approve", arguments: JSON.stringify({ to }) } as const;
      return kit.decide({ ...edit, reason: "SECRET", approver: { user: "SECRET", roles: [] } });
    };
    await expect(decide("BLOCKED")).rejects.toMatchObject({ code: "approval_content_blocked" });
    expect(await decide("SECRET")).toMatchObject({ outcome: "completed" });
    expect(got).toEqual(["SECRET"]);
    expect(await text()).not.toContain("SECRET");
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

describe("the arguments of a call", () => {
  it("that are blocked are denied without running the tool", async () => {
    const { tool, got } = sent();
    const { kit, log } = setUp({ tools: [tool], script: [call("mail", { to: "BLOCKED" }), done] });
    expect(await kit.run({ input: "Mail it.", session: "s" })).toMatchObject({ outcome: "completed" });
    const denied = (await readEvents(log, "s")).find((event) => event.type === "ToolCallDenied");
    expect(denied?.data.code).toBe("content_blocked");
    expect(got).toEqual([]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it.each(["BLOCKED", "HELD"])("that are %s do not go to a caller who would run the function itself", async (to) => {
    const { kit, log } = setUp({ script: [call("mail", { to }), done] });
    const tools = [{ type: "function", name: "mail", parameters: null, strict: null }] as const;
    expect(await kit.run({ input: "Mail it.", session: "s", tools })).toMatchObject({
      outcome: "completed",
      text: "Done.",
    });
    const denied = (await readEvents(log, "s")).find((event) => event.type === "ToolCallDenied");
    expect(denied?.data.code).toBe("content_blocked");
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("that need a person wait for one, also of a tool that asks for none", async () => {
    const { tool, got } = sent();
    const { kit } = setUp({ tools: [tool], script: [call("mail", { to: "HELD" }), done] });
    expect(await kit.run({ input: "Mail it.", session: "s" })).toMatchObject({ outcome: "suspended" });
    const [request] = await kit.approvals("s");
    await kit.decide({ ticket: request?.ticket ?? "", outcome: "approve", approver: { user: "ada", roles: [] } });
    expect(got).toEqual(["HELD"]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

describe("a tool's result", () => {
  it("that is blocked is withheld from model and log", async () => {
    const { kit, text, model } = setUp({ tools: [reading("BLOCKED")], script: [call("read", {}), done] });
    expect(await kit.run({ input: "Read.", session: "s" })).toMatchObject({ outcome: "completed" });
    expect(await text()).not.toContain('"BLOCKED');
    expect(JSON.stringify(model.requests[1]?.input)).toContain("withholds");
  });

  it.each([
    ["declared so", reading("page", "untrusted")],
    ["that tells of an injection", reading("INJECTED")],
  ])("of an untrusted tool or text (%s) takes side effects away, for good and in forks", async (_name, read) => {
    const { tool, got } = sent();
    const script = [call("read", {}), call("mail", { to: "A" }), done, call("mail", { to: "B" }), done];
    const { kit, log } = setUp({ safety: wordSafety({ untrusted: "deny" }), tools: [read, tool], script });
    await kit.run({ input: "Go.", session: "s" });
    const { session } = await kit.fork("s");
    await kit.run({ input: "Again.", session });
    expect(got).toEqual([]);
    for (const name of ["s", session]) {
      const denied = (await readEvents(log, name)).find((event) => event.type === "ToolCallDenied");
      expect(denied?.data.code).toBe("untrusted_content");
      expect(await kit.replay(name)).toMatchObject({ status: "identical" });
    }
  });

  it("that is untrusted leaves side effects to a person, and others alone", async () => {
    const { tool, got } = sent();
    const script = [call("read", {}), call("read", {}, "c_2"), call("mail", { to: "A" }, "c_3"), done];
    const safety = wordSafety({ untrusted: "require_approval" });
    const { kit } = setUp({ safety, tools: [reading("page", "untrusted"), tool], script });
    expect(await kit.run({ input: "Go.", session: "s" })).toMatchObject({ outcome: "suspended" });
    const [request] = await kit.approvals("s");
    expect(request).toMatchObject({ tool: "mail", policy: "safety:words@1" });
    await kit.decide({ ticket: request?.ticket ?? "", outcome: "approve", approver: { user: "ada", roles: [] } });
    expect(got).toEqual(["A"]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });

  it("of a run below reaches the tool as its user would read it, and the log redacted anew", async () => {
    const { log, text } = readableLog();
    const seen: string[] = [];
    const telling: Tool = {
      ...ask("reader"),
      execute: async (_input, { runAgent }) => {
        const result = await runAgent({ agent: "reader", input: "Go." });
        if (result.type === "finished") seen.push(result.text);
        return result.type === "finished" ? result.text : result;
      },
    };
    const agents = [
      defineAgent({ name: "top", model: "scripted", tools: [telling] }),
      defineAgent({ name: "reader", model: "scripted" }),
    ];
    const script = [call("ask_reader", {}), { text: "It is SECRET." }, done];
    const kit = testKit({ log, model: scriptedModel(script), agents, safety: wordSafety() });
    await kit.run({ input: "Go.", agent: "top" });
    expect(seen).toEqual(["It is SECRET."]);
    expect(await text()).not.toContain("SECRET");
  });

  it("goes along into the runs below, and comes back from them", async () => {
    const { tool, got } = sent();
    const { log } = readableLog();
    const script = [
      call("ask_reader", {}),
      call("read", {}),
      done,
      call("ask_mailer", {}),
      call("mail", { to: "A" }),
      done,
      done,
    ];
    const agents = [
      defineAgent({ name: "top", model: "scripted", tools: [ask("reader"), ask("mailer")] }),
      defineAgent({ name: "reader", model: "scripted", tools: [reading("page", "untrusted")] }),
      defineAgent({ name: "mailer", model: "scripted", tools: [tool] }),
    ];
    const safety = wordSafety({ untrusted: "deny" });
    const kit = testKit({ log, model: scriptedModel(script), agents, safety });
    expect(await kit.run({ input: "Go.", agent: "top", session: "s" })).toMatchObject({ outcome: "completed" });
    expect(got).toEqual([]);
    expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  });
});

describe("a tool that asks the guard", () => {
  it("has its decision recorded, and sends nothing that is blocked", async () => {
    const sends: string[] = [];
    const post = defineTool({
      name: "post",
      description: "Posts.",
      input: z.object({ body: z.string() }),
      run: async ({ body }, { guard }) => {
        sends.push(await guard("outgoing_http", body));
        return "posted";
      },
    });
    // What the model writes passes; what the tool makes of it does not.
    const shouting: Tool = { ...post, execute: async (_input, context) => post.execute({ body: "BLOCKED" }, context) };
    const { kit, log } = setUp({ tools: [shouting], script: [call("post", { body: "x" }), done] });
    await kit.run({ input: "Post.", session: "s" });
    expect(sends).toEqual([]);
    const events = await readEvents(log, "s");
    const failed = events.find((event) => event.type === "ToolCallFailed");
    expect(failed?.data.code).toBe("content_blocked");
    const decided = events.find(
      (event) => event.type === "ModerationDecided" && event.data.surface === "outgoing_http",
    );
    expect(decided?.data).toMatchObject({ verdict: "block", callId: "c_1" });
  });
});

describe("a kit", () => {
  it("does not run an agent whose tools are withheld", async () => {
    const { tool } = sent();
    const words = wordSafety();
    const { kit } = setUp({ tools: [tool], safety: { ...words, redactor: { ...words.redactor, definition: hidden } } });
    await expect(kit.run({ input: "Go." })).rejects.toMatchObject({ code: "content_blocked" });
  });

  it("needs somebody who signs approvals as soon as a policy may ask for them", async () => {
    const { tool } = sent();
    const agents = [defineAgent({ name: "clerk", model: "scripted", tools: [tool] })];
    const safety = wordSafety({ untrusted: "require_approval" });
    const kit = testKit({ log: readableLog().log, model: scriptedModel([done]), agents, safety });
    await expect(kit.run({ input: "Go." })).rejects.toMatchObject({ code: "definition_invalid" });
  });
});
