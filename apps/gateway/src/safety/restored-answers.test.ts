import { isFunctionCallOutput, isMessage, messageText, type ModelRequest, type Principal } from "@agentkit/core";
import { type ScriptedAnswer, scriptedModel } from "@agentkit/core/testing";
import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { answerTo, requestsOf } from "../approvals/approvals.test.support.ts";
import { startGuardedGateway } from "./guarded-gateway.test.support.ts";

const mail = "ada@mail.example";
const placeholder = /\[\[PII:EMAIL:[0-9a-f]{12}\]\]/;

function lastText({ input }: ModelRequest): string {
  const last = input.findLast(isMessage);
  return last === undefined ? "" : messageText(last);
}

/** Says the newest text of its request again. */
const echo = (request: ModelRequest): ScriptedAnswer => ({ text: `You said: ${lastText(request)}` });

/** Sends a mail to whoever the prompt names, then says what came of it. */
function sending(tool: "send_mail" | "send_approved") {
  return (request: ModelRequest): ScriptedAnswer => {
    const last = request.input.at(-1);
    if (last !== undefined && isFunctionCallOutput(last))
      return { text: `The tool says: ${JSON.stringify(last.output)}` };
    return { calls: [{ name: tool, arguments: { to: lastText(request) } }] };
  };
}

/** Everything that the user has said. */
const all = ({ input }: ModelRequest): string => {
  return input
    .filter(isMessage)
    .flatMap((item) => (item.role === "user" ? [messageText(item)] : []))
    .join(" ");
};

function callOf({ output }: OpenAI.Responses.Response) {
  const call = output.find((item) => item.type === "mcp_call");
  if (call === undefined) throw new Error("The response has no call.");
  return call;
}

describe("what a client reads", () => {
  it("has the values that the log does not, in the answer, by its id and in the input", async () => {
    const model = scriptedModel(echo);
    await using test = await startGuardedGateway({ model });
    const answered = await test.client.responses.create({ model: "plain", input: `I am ${mail}.` });
    expect(answered.output_text).toBe(`You said: I am ${mail}.`);
    const { output_text: _, ...body } = answered;
    expect(await test.client.responses.retrieve(answered.id)).toMatchObject(body);
    const { data } = await test.client.responses.inputItems.list(answered.id);
    expect(data).toMatchObject([{ content: [{ type: "input_text", text: `I am ${mail}.` }] }]);
    expect(JSON.stringify(model.requests)).toMatch(placeholder);
    expect([JSON.stringify(model.requests), await test.recorded()].join()).not.toContain(mail);
  });

  it("has them in each piece of a stream, in its items and in its last event, which GET repeats", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(echo) });
    const stream = test.client.responses.stream({ model: "plain", input: `I am ${mail}.` });
    const deltas: string[] = [];
    const done: unknown[] = [];
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") deltas.push(event.delta);
      if (event.type === "response.output_item.done") done.push(event.item);
    }
    const final = await stream.finalResponse();
    expect(deltas.join("")).toBe(`You said: I am ${mail}.`);
    expect(final.output_text).toBe(deltas.join(""));
    const kept = await test.client.responses.retrieve(final.id);
    expect(done).toEqual(kept.output);
    expect(kept.output_text).toBe(final.output_text);
  });

  it("has them in the next turn, by the previous response and in a conversation", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(echo) });
    const { responses } = test.client;
    const first = await responses.create({ model: "plain", input: `I am ${mail}.` });
    const next = await responses.create({ model: "plain", input: `Still ${mail}.`, previous_response_id: first.id });
    expect(next.output_text).toBe(`You said: Still ${mail}.`);
    const { id } = await test.client.conversations.create();
    for (const input of [`I am ${mail}.`, `Still ${mail}.`]) {
      expect((await responses.create({ model: "plain", input, conversation: id })).output_text).toContain(mail);
    }
  });

  it("has them in a fork, which is where an older response is gone on from, and so have its tools", async () => {
    const model = scriptedModel((request) => {
      const last = request.input.at(-1);
      const isSending = last !== undefined && isMessage(last) && messageText(last).startsWith("Send");
      return isSending ? { calls: [{ name: "send_mail", arguments: { to: all(request) } }] } : { text: all(request) };
    });
    await using test = await startGuardedGateway({ model });
    const say = async (input: string, before?: string) => {
      const asked = { model: "clerk", input, previous_response_id: before ?? null };
      const { id, output_text: text } = await test.client.responses.stream(asked).finalResponse();
      return { id, text, kept: (await test.client.responses.retrieve(id)).output_text };
    };
    const first = await say(`I am ${mail}.`);
    await say("One way.", first.id);
    const fork = await say(`The other, to bob@mail.example and ${mail}.`, first.id);
    expect(fork.text).toBe(`I am ${mail}. The other, to bob@mail.example and ${mail}.`);
    expect(fork.kept).toBe(fork.text);
    const next = await say("Again.", fork.id);
    await say("Aside.", fork.id);
    expect(next.text).toBe(`${fork.text} Again.`);
    await say("Send it.", next.id);
    expect(test.sent).toEqual([`${next.text} Send it.`]);
    const placeholders = new Set((await test.recorded()).match(/\[\[PII:EMAIL:[0-9a-f]{12}\]\]/g));
    expect([placeholders.size, (await test.recorded()).includes("[[~")]).toEqual([2, false]);
  });

  it("has them in calls of the client's own functions", async () => {
    const model = scriptedModel((request) => ({ calls: [{ name: "look_up", arguments: { who: lastText(request) } }] }));
    await using test = await startGuardedGateway({ model });
    const tools = [
      { type: "function" as const, name: "look_up", parameters: { type: "object", properties: {} }, strict: false },
    ];
    const whole = await test.client.responses.create({ model: "plain", input: mail, tools });
    const streamed = await test.client.responses.stream({ model: "plain", input: mail, tools }).finalResponse();
    for (const { id, output } of [whole, streamed]) {
      expect(output).toMatchObject([{ type: "function_call", arguments: JSON.stringify({ who: mail }) }]);
      expect((await test.client.responses.retrieve(id)).output).toMatchObject(output.map(({ type }) => ({ type })));
    }
    expect(await test.recorded()).not.toContain(mail);
  });

  it("has them in the arguments and the output of a server's tool, which got them too", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(sending("send_mail")) });
    const whole = await test.client.responses.create({ model: "clerk", input: mail });
    const streamed = await test.client.responses.stream({ model: "clerk", input: mail }).finalResponse();
    expect(test.sent).toEqual([mail, mail]);
    for (const response of [whole, streamed]) {
      const kept = await test.client.responses.retrieve(response.id);
      expect(callOf(response)).toMatchObject({ output: `sent to ${mail}`, status: "completed" });
      expect(JSON.parse(callOf(response).arguments)).toMatchObject({ to: mail });
      expect(response.output_text).toBe(`The tool says: "sent to ${mail}"`);
      expect(response.output).toMatchObject(kept.output);
    }
    expect(await test.recorded()).not.toContain(mail);
  });

  it("has them in a request for an approval, and in what comes of it, whole and streamed", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(sending("send_approved")) });
    for (const streams of [false, true]) {
      const asked = await test.client.responses.create({ model: "clerk", input: mail });
      const [request] = requestsOf(asked);
      expect(JSON.parse(request?.arguments ?? "{}")).toMatchObject({ to: mail });
      const answer = {
        model: "clerk",
        previous_response_id: asked.id,
        input: [answerTo(request?.id, true, `${mail} may`)],
      };
      const over = streams
        ? await test.client.responses.stream(answer).finalResponse()
        : await test.client.responses.create(answer);
      expect(callOf(over)).toMatchObject({ output: `sent to ${mail}`, approval_request_id: request?.id });
      const kept = await test.client.responses.retrieve(over.id);
      expect(over.output).toMatchObject(kept.output);
      const { data } = await test.client.responses.inputItems.list(over.id);
      expect(data).toMatchObject([{ type: "mcp_approval_response", reason: `${mail} may` }]);
    }
    expect(test.sent).toEqual([mail, mail]);
    expect(await test.recorded()).not.toContain(mail);
  });

  it("has no secret, which nothing puts back", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(echo) });
    const answered = await test.client.responses.create({ model: "plain", input: "password: hunter2-and-more" });
    expect(answered.output_text).toMatch(/^You said: password: \[\[SECRET:ASSIGNED_SECRET:[0-9a-f]{12}\]\]$/);
  });
});

describe("what AgentKit's own routes show", () => {
  it("is what the log has, and how often the policy acted", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(echo) });
    const { id } = await test.client.responses.create({
      model: "plain",
      input: `I am ${mail}, my password: hunter2-and-more`,
    });
    const session = id.split("_")[1];
    const view = await (await fetch(`${test.url}/agentkit/v1/sessions/${session}`)).text();
    const events = await (await fetch(`${test.url}/agentkit/v1/sessions/${session}/events`)).text();
    expect([view, events]).toEqual([expect.stringMatching(placeholder), expect.stringMatching(placeholder)]);
    expect(view + events).not.toContain(mail);
    expect(JSON.parse(view)).toMatchObject({
      moderation: {
        blocked: 0,
        held: 0,
        flagged: 0,
        redacted: expect.toSatisfy((count: number) => count > 0) as unknown,
      },
    });
  });
});

const startFor = async (principal: Principal) =>
  startGuardedGateway({ model: scriptedModel(echo), authenticate: () => principal });

describe("a principal", () => {
  it("is not recorded by a name that is personal data, and is known all the same", async () => {
    await using test = await startFor({ user: mail, tenant: "north", roles: [] });
    const { id } = await test.client.responses.create({ model: "plain", input: "Hi" });
    expect(await test.client.responses.retrieve(id)).toMatchObject({ output_text: "You said: Hi" });
    expect(await test.recorded()).not.toContain(mail);
  });

  it("is refused with a tenant that the log cannot hold", async () => {
    await using test = await startFor({ tenant: mail, roles: [] });
    const create = test.client.responses.create({ model: "plain", input: "Hi" });
    await expect(create).rejects.toMatchObject({ status: 500, code: "config_invalid" });
    await expect(create).rejects.not.toThrow(mail);
    expect(await test.countEvents()).toBe(0);
  });
});
