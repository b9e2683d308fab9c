import { isFunctionCallOutput, isMessage, messageText, type ModelRequest } from "@agentkit/core";
import { type ScriptedAnswer, scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { answerTo, requestsOf } from "../approvals/approvals.test.support.ts";
import { parseResponseId } from "../responses/response-id.ts";
import { type GuardedGateway, startGuardedGateway } from "./guarded-gateway.test.support.ts";

const mail = "ada@mail.example";
const secret = "hunter2-and-more";
const said = `I am ${mail}, password: ${secret}`;
const hidden = /hunter2|ada@mail/;
const restore = [{ categories: ["pii.*", "secret.*"], tools: ["send_*", "look_up"], fields: ["to"] }];

/** Calls a tool with all that the prompt says, and ends once it has an output. */
function calling(name: string) {
  return ({ input }: ModelRequest): ScriptedAnswer => {
    const last = input.at(-1);
    if (last === undefined || isFunctionCallOutput(last)) return { text: "Done." };
    const prompt = input.findLast(isMessage);
    return { calls: [{ name, arguments: { to: prompt === undefined ? "" : messageText(prompt) } }] };
  };
}

function functionOf(name: string) {
  return { type: "function" as const, name, parameters: { type: "object", properties: {} }, strict: false };
}

interface Asked {
  readonly model: string;
  readonly input: string;
  readonly tools?: ReturnType<typeof functionOf>[];
}

/** Everything that a client is told of a response, streamed, whole and by its id. */
async function readAll(test: GuardedGateway, body: Asked) {
  const events: unknown[] = [];
  const stream = test.client.responses.stream(body);
  for await (const event of stream) events.push(event);
  const { id: streamed } = await stream.finalResponse();
  const whole = await test.client.responses.create(body);
  const kept = await test.client.responses.retrieve(whole.id);
  return { told: JSON.stringify([events, whole.output, kept.output]), events, streamed, whole, kept };
}

describe("arguments that a rule lets a tool have, and no answer", () => {
  it("are the tool's alone where the server runs it: no client is shown them, streamed, whole or later", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(calling("send_mail")), restore });
    const { told, kept } = await readAll(test, { model: "clerk", input: said });
    expect(test.sent).toEqual([said, said]);
    expect(kept.output[0]).toMatchObject({ type: "mcp_call", arguments: expect.stringContaining("[[PII:") as unknown });
    expect(told).toContain("response.mcp_call_arguments.done");
    expect(told).not.toMatch(hidden);
  });

  it("are in no request for an approval, in nothing that comes of it, and in no arguments that an approver wrote", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(calling("send_approved")), restore });
    const { told, streamed, whole } = await readAll(test, { model: "clerk", input: said });
    const [request] = requestsOf(whole);
    const answer = { model: "clerk", previous_response_id: whole.id, input: [answerTo(request?.id, true)] };
    const over = await test.client.responses.create(answer);
    const kept = await test.client.responses.retrieve(over.id);
    expect(kept.output).toMatchObject([{ type: "mcp_call", status: "completed" }, { type: "message" }]);
    const [waiting, ...others] = await test.kit.approvals(parseResponseId(streamed)?.session ?? "");
    expect([waiting?.tool, others]).toEqual(["send_approved", []]);
    const written = JSON.stringify({ to: `${said}, too` });
    const approver = { user: "alex", roles: [] };
    await test.kit.decide({ ticket: waiting?.ticket ?? "", outcome: "approve", arguments: written, approver });
    expect(test.sent).toEqual([said, `${said}, too`]);
    const edited = await test.client.responses.retrieve(`${streamed}_2`);
    expect(JSON.stringify(edited.output)).toContain(", too");
    expect(JSON.stringify([told, waiting, over.output, kept.output, edited.output])).not.toMatch(hidden);
  });

  it("are the client's where it runs the function itself, in every event that tells them", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(calling("look_up")), restore });
    const body = { model: "plain", input: said, tools: [functionOf("look_up")] };
    const { events, whole, kept } = await readAll(test, body);
    const given = JSON.stringify({ to: said });
    for (const { output } of [whole, kept]) expect(output).toMatchObject([{ type: "function_call", arguments: given }]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "response.function_call_arguments.delta", delta: given }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: "response.function_call_arguments.done", arguments: given }),
    );
    const { session = "", run = "" } = parseResponseId(whole.id) ?? {};
    const result = await test.kit.result(session, run);
    expect([result.calls, result.items.slice(1)]).toMatchObject([[{ arguments: given }], [{ arguments: given }]]);
  });

  it("are not those of a function that a client names like another agent's tool", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(calling("send_mail")), restore });
    const { told } = await readAll(test, { model: "plain", input: said, tools: [functionOf("send_mail")] });
    expect(told).toContain("function_call");
    expect(told).not.toMatch(hidden);
  });

  it("are not in what a run comes to in code", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(calling("send_mail")), restore });
    const result = await test.kit.run({ agent: "clerk", input: said });
    expect(test.sent).toEqual([said]);
    expect(JSON.stringify(result)).toContain("[[SECRET:");
    expect(JSON.stringify(result)).not.toMatch(hidden);
  });
});

describe("what a response repeats of its request", () => {
  it("is what the client said, as far as answers may have it, whole and by its id", async () => {
    await using test = await startGuardedGateway({ model: scriptedModel(() => ({ text: "Hi." })) });
    const sent = {
      instructions: `Help ${mail}.`,
      metadata: { [mail]: `of ${mail}`, plain: "yes" },
      user: mail,
      safety_identifier: mail,
      prompt_cache_key: mail,
    };
    const tools = [{ ...functionOf("look_up"), description: `Looks ${mail} up.` }];
    const whole = await test.client.responses.create({ model: "plain", input: "Hi", tools, ...sent });
    const kept = await test.client.responses.retrieve(whole.id);
    const streamed = await test.client.responses
      .stream({ model: "plain", input: "Hi", tools, ...sent })
      .finalResponse();
    for (const response of [whole, kept, streamed]) {
      expect(response).toMatchObject({ ...sent, tools: [{ description: `Looks ${mail} up.` }] });
    }
    const { id } = await test.client.conversations.create({ metadata: sent.metadata });
    expect((await test.client.conversations.retrieve(id)).metadata).toEqual(sent.metadata);
    expect(await test.recorded()).not.toContain(mail);
  });
});

it.each([
  ["zelda.quux77%40corp-example.org", /zelda|corp-example|%40/],
  ["zelda.quux77%2540corp-example.org", /zelda|corp-example|%40/],
  ["%7A%65lda.quux77@corp-example.org", /lda|corp-example/],
])("tells of a request for the model %s without the personal data in its path", async (name, personal) => {
  const paths: string[] = [];
  await using test = await startGuardedGateway({
    model: scriptedModel([]),
    onRequest: ({ path }) => void paths.push(path),
  });
  await fetch(`${test.url}/v1/models/${name}`);
  await fetch(`${test.url}/v1/models/a%2Fb%0Ac`);
  expect(paths).toEqual([expect.stringMatching(/^\/v1\/models\/\[\[PII:EMAIL:\w{12}\]\]$/), "/v1/models/a%2Fb%0Ac"]);
  expect(paths[0]).not.toMatch(personal);
});
