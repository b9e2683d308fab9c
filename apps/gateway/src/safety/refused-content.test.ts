import { isMessage, messageText, type ModelRequest } from "@agentkit/core";
import { type ScriptedAnswer, scriptedModel } from "@agentkit/core/testing";
import { createModerationService, type SafetyRule } from "@agentkit/safety";
import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { startRecovery } from "../recovery/start-recovery.ts";
import { startGuardedGateway, wordRule } from "./guarded-gateway.test.support.ts";

const noPrompt = wordRule({ id: "no-prompt", surfaces: ["user_input"], action: "block" });
const noAnswer = wordRule({ id: "no-answer", surfaces: ["model_output"], action: "block" });
const noCall = wordRule({ id: "no-call", surfaces: ["tool_arguments"], action: "block" });

type Asked = Readonly<Record<"model" | "input", string>>;

/** Asks once and takes the answer whole, and once as it streams. */
async function askBothWays({ responses }: OpenAI, asked: Asked) {
  const whole = await responses.create(asked);
  const stream = responses.stream(asked);
  const types: string[] = [];
  let refusal = "";
  for await (const event of stream) {
    types.push(event.type);
    if (event.type === "response.refusal.delta") refusal += event.delta;
  }
  return { whole, streamed: await stream.finalResponse(), types, refusal };
}

function refusalOf({ output }: OpenAI.Responses.Response): string {
  const parts = output.flatMap((item) => (item.type === "message" ? item.content : []));
  return parts.flatMap((part) => (part.type === "refusal" ? [part.refusal] : [])).join();
}

function lastText({ input }: ModelRequest): string {
  const last = input.findLast(isMessage);
  return last === undefined ? "" : messageText(last);
}

const echo = (request: ModelRequest): ScriptedAnswer => ({ text: lastText(request) });

describe("a prompt that is blocked", () => {
  it("ends the response as one that was filtered, with a refusal that names the rule", async () => {
    const model = scriptedModel([]);
    await using test = await startGuardedGateway({ model, rules: [noPrompt] });
    const asked = { model: "plain", input: "This is forbidden fruit." };
    const { whole, streamed, types, refusal } = await askBothWays(test.client, asked);
    expect(refusal).toBe("The safety policy does not let this prompt go on (no-prompt).");
    expect([types[0], types.at(-1)]).toEqual(["response.created", "response.incomplete"]);
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({
        status: "incomplete",
        incomplete_details: { reason: "content_filter" },
        output: [{ type: "message", status: "incomplete", content: [{ type: "refusal", refusal }] }],
        usage: null,
        error: null,
      });
      const kept = await test.client.responses.retrieve(response.id);
      expect(response.output).toMatchObject(kept.output);
      expect(kept.incomplete_details).toEqual(response.incomplete_details);
      const items = await test.client.responses.inputItems.list(response.id);
      expect(items.data).toEqual([]);
    }
    expect(model.requests).toEqual([]);
    expect(await test.recorded()).not.toContain("forbidden fruit");
  });

  it("leaves a conversation that goes on", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(echo), rules: [noPrompt] });
    const { id } = await test.client.conversations.create();
    const say = async (input: string) => test.client.responses.create({ model: "plain", input, conversation: id });
    expect(await say("One.")).toMatchObject({ status: "completed", output_text: "One." });
    expect(await say("forbidden")).toMatchObject({ status: "incomplete" });
    const next = await say("Two.");
    expect(next).toMatchObject({ status: "completed", output_text: "Two." });
    const after = { model: "plain", input: "Three.", previous_response_id: next.id };
    expect(await test.client.responses.create(after)).toMatchObject({ output_text: "Three." });
  });

  it("is counted in the session", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel([]), rules: [noPrompt] });
    const { id } = await test.client.responses.create({ model: "plain", input: "forbidden" });
    const view: unknown = await (await fetch(`${test.url}/agentkit/v1/sessions/${id.split("_")[1]}`)).json();
    expect(view).toMatchObject({
      moderation: { blocked: 1, held: 0, redacted: 0, flagged: 0 },
      turns: [{ ending: { outcome: "incomplete", reason: "content_filter" } }],
    });
  });
});

describe("an answer that is blocked", () => {
  it("is told until what is withheld, and then refused, the same way whole, streamed and by its id", async () => {
    const model = scriptedModel(() => ({ text: "This is allowed.\nAnd this is a forbidden thing.\nAnd more." }));
    await using test = await startGuardedGateway({ model, rules: [noAnswer] });
    const { whole, streamed, types, refusal } = await askBothWays(test.client, { model: "plain", input: "Hi" });
    expect(refusal).toContain("no-answer");
    expect(types.at(-1)).toBe("response.incomplete");
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "content_filter" } });
      expect(refusalOf(response)).toBe(refusal);
      expect(response.output_text).not.toContain("forbidden");
      expect(response.output).toMatchObject((await test.client.responses.retrieve(response.id)).output);
    }
    expect(await test.recorded()).not.toContain("a forbidden thing");
  });
});

describe("arguments that are blocked", () => {
  it("are a failed call, after which the model goes on", async () => {
    const model = scriptedModel((request) => {
      const isAnswered = request.input.at(-1)?.type === "function_call_output";
      return isAnswered
        ? { text: "I may not." }
        : { calls: [{ name: "send_mail", arguments: { to: "forbidden@place" } }] };
    });
    await using test = await startGuardedGateway({ model, rules: [noCall] });
    const { whole, streamed, types } = await askBothWays(test.client, { model: "clerk", input: "Hi" });
    expect(types).toContain("response.mcp_call.failed");
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({ status: "completed", output_text: "I may not." });
      expect(response.output[0]).toMatchObject({ type: "mcp_call", status: "failed", output: null });
      expect(response.output).toMatchObject((await test.client.responses.retrieve(response.id)).output);
    }
    expect(test.sent).toEqual([]);
  });
});

/** A service that does not answer until it is told to. */
function startModeration() {
  const service = { isUp: false };
  const moderation = createModerationService({
    failures: 1_000,
    moderator: {
      moderate: async (texts) => {
        if (!service.isUp) throw new Error("It is down.");
        return texts.map((text) => ({
          scores: { violence: text.includes("hit") ? 0.9 : 0 },
          flagged: false,
          model: "m",
        }));
      },
    },
  });
  return { service, moderation };
}

/** Calls the function for each of the names, and gives up then. */
const calling = (...names: readonly string[]) =>
  scriptedModel((request) => {
    const isAnswered = request.input.at(-1)?.type === "function_call_output";
    return isAnswered
      ? { text: "I may not." }
      : { calls: names.map((who) => ({ name: "look_up", arguments: { who } })) };
  });

describe("a call of the caller's own function", () => {
  const tools = [
    { type: "function" as const, name: "look_up", parameters: { type: "object", properties: {} }, strict: false },
  ];

  it("with arguments that are blocked is not the caller's to run, in no event of a stream", async () => {
    await using test = await startGuardedGateway({ model: calling("forbidden"), rules: [noCall] });
    const asked = { model: "plain", input: "Hi", tools };
    const whole = await test.client.responses.create(asked);
    const stream = test.client.responses.stream(asked);
    const told: string[] = [];
    for await (const event of stream) told.push(JSON.stringify(event));
    for (const response of [whole, await stream.finalResponse()]) {
      expect(response).toMatchObject({ status: "completed", output_text: "I may not." });
      expect(response.output).toMatchObject([{ type: "mcp_call", status: "failed" }, { type: "message" }]);
      expect(response.output).toMatchObject((await test.client.responses.retrieve(response.id)).output);
    }
    expect(told.join()).toContain("response.mcp_call.failed");
    expect(told.join()).not.toMatch(/forbidden|"type":"function_call"/);
  });

  it("with arguments that may go on comes as ever", async () => {
    await using test = await startGuardedGateway({ model: calling("ada", "bob"), rules: [noCall] });
    const stream = test.client.responses.stream({ model: "plain", input: "Hi", tools });
    const done: string[] = [];
    for await (const event of stream) {
      if (event.type === "response.function_call_arguments.done") done.push(event.arguments);
    }
    const final = await stream.finalResponse();
    expect(done).toEqual(['{"who":"ada"}', '{"who":"bob"}']);
    expect(final.output).toMatchObject([{ type: "function_call" }, { type: "function_call" }]);
    const output = final.output.flatMap((item) =>
      item.type === "function_call"
        ? [{ type: "function_call_output" as const, call_id: item.call_id, output: "found" }]
        : [],
    );
    const next = { model: "plain", input: output, tools, previous_response_id: final.id };
    expect(await test.client.responses.create(next)).toMatchObject({ output_text: "I may not." });
  });
});

describe("a prompt that is held", () => {
  const harm: SafetyRule = {
    id: "harm",
    detector: "moderation",
    surfaces: ["user_input"],
    action: "require_approval",
    bands: { violence: { review: 0.4, block: 0.8 } },
    onFailure: "queue",
    timeoutMs: 1_000,
  };

  it("waits as an incomplete response, and is taken up by recovery when its moderation answers", async () => {
    const { service, moderation } = startModeration();
    await using test = await startGuardedGateway({ model: scriptedModel(echo), rules: [harm], moderation });
    const { whole, streamed, types } = await askBothWays(test.client, { model: "plain", input: "Hello." });
    expect(types.at(-1)).toBe("response.incomplete");
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({ status: "incomplete", output: [] });
      expect(response.incomplete_details).toEqual({ reason: "moderation_pending" });
    }
    const early = { model: "plain", input: "And?", previous_response_id: whole.id };
    await expect(test.client.responses.create(early)).rejects.toMatchObject({
      status: 400,
      code: "session_suspended",
      message: expect.stringContaining("held by the safety policy") as unknown,
    });
    service.isUp = true;
    const taken = Promise.withResolvers<undefined>();
    let left = 2;
    const recovery = startRecovery({
      kit: test.kit,
      olderThanMs: 0,
      everyMs: 5,
      onRun: (run) => {
        if (run.status === "resumed") left -= 1;
        if (left === 0) taken.resolve(undefined);
      },
    });
    await taken.promise;
    await recovery.close();
    for (const { id } of [whole, streamed]) {
      const kept = await test.client.responses.retrieve(id);
      expect(kept).toMatchObject({ status: "completed", output_text: "Hello.", incomplete_details: null });
    }
    expect(await test.client.responses.create(early)).toMatchObject({ output_text: "And?" });
  });

  it("is refused when its moderation answers so", async () => {
    const { service, moderation } = startModeration();
    await using test = await startGuardedGateway({ model: scriptedModel([]), rules: [harm], moderation });
    const { id } = await test.client.responses.create({ model: "plain", input: "I hit him." });
    service.isUp = true;
    await fetch(`${test.url}/agentkit/v1/sessions/${id.split("_")[1]}/resume`, { method: "POST" });
    const kept = await test.client.responses.retrieve(id);
    expect(kept).toMatchObject({ status: "incomplete", incomplete_details: { reason: "content_filter" } });
    expect(refusalOf(kept)).toBe("The safety policy does not let this prompt go on (harm).");
  });

  it("is refused at once where the rule fails closed", async () => {
    const { moderation } = startModeration();
    const rules = [{ ...harm, onFailure: "closed" } as const];
    await using test = await startGuardedGateway({ model: scriptedModel([]), rules, moderation });
    const response = await test.client.responses.create({ model: "plain", input: "Hello." });
    expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "content_filter" } });
    expect(refusalOf(response)).toMatch(/^The prompt cannot be checked at present \(moderation: \w+\)/);
  });
});
