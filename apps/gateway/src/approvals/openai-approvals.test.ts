import { createInMemoryEventLog } from "@agentkit/core";
import { fixedClock, type ScriptedAnswer } from "@agentkit/core/testing";
import { createApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { answerTo, key, people, requestsOf, startPayingGateway } from "./approvals.test.support.ts";

const pay = (amount: number, id = "c1") => ({ name: "pay", arguments: { amount, card: "4111" }, id });
const script: readonly ScriptedAnswer[] = [
  { calls: [pay(100)] },
  { text: "It is paid." },
  { text: "You are welcome." },
];

async function collect(stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>) {
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

function finalOf(events: readonly OpenAI.Responses.ResponseStreamEvent[]): OpenAI.Responses.Response {
  const last = events.at(-1);
  if (last?.type !== "response.completed") throw new Error(`The stream ended with ${last?.type}.`);
  return last.response;
}

describe("approvals by the openai client", () => {
  it("asks by an mcp_approval_request, and goes on with the answer", async () => {
    await using test = await startPayingGateway({ script });
    const first = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    const [request] = requestsOf(first);

    expect(first).toMatchObject({ status: "completed", output: [{ type: "mcp_approval_request" }] });
    expect(request).toEqual({
      id: expect.stringMatching(/^mcpr_/) as unknown,
      type: "mcp_approval_request",
      server_label: "agentkit",
      name: "pay",
      arguments: '{"amount":100,"card":"[hidden]"}',
    });
    expect(test.payments).toEqual([]);

    const input = [answerTo(request?.id, true)];
    const second = await test.client.responses.create({ model: "payer", input, previous_response_id: first.id });

    expect(second).toMatchObject({
      status: "completed",
      previous_response_id: first.id,
      output_text: "It is paid.",
      output: [
        { type: "mcp_call", name: "pay", approval_request_id: request?.id, output: "paid 100", status: "completed" },
        { type: "message" },
      ],
    });
    expect(test.payments).toEqual([100]);
    expect(second.id).not.toBe(first.id);

    const { output_text: _, ...retrievable } = first;
    expect(await test.client.responses.retrieve(first.id)).toMatchObject(retrievable);
    expect((await test.client.responses.retrieve(second.id)).output).toEqual(second.output);
    await expect(test.client.responses.retrieve(`${first.id}_3`)).rejects.toMatchObject({ status: 404 });

    const asked = await test.client.responses.inputItems.list(first.id);
    expect(asked.data).toMatchObject([{ type: "message", role: "user", content: [{ text: "Pay 100." }] }]);
    const decided = await test.client.responses.inputItems.list(second.id);
    expect(decided.data).toMatchObject([
      { type: "mcp_approval_response", approval_request_id: request?.id, approve: true },
    ]);

    const third = await test.client.responses.create({
      model: "payer",
      input: "Thanks.",
      previous_response_id: second.id,
    });
    expect(third).toMatchObject({ output_text: "You are welcome.", previous_response_id: second.id });
  });

  it("streams the request, and then what follows from the answer, in the order the API prescribes", async () => {
    await using test = await startPayingGateway({ script });
    const asking = await collect(await test.client.responses.create({ model: "payer", input: "Pay.", stream: true }));
    expect(asking.map(({ type }) => type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.output_item.done",
      "response.completed",
    ]);
    const first = finalOf(asking);
    expect(first.output).toEqual((await test.client.responses.retrieve(first.id)).output);

    const stream = test.client.responses.stream({
      model: "payer",
      input: [answerTo(requestsOf(first)[0]?.id, true)],
      previous_response_id: first.id,
    });
    const events: string[] = [];
    stream.on("event", ({ type, sequence_number }) => events.push(`${sequence_number} ${type}`));
    const second = await stream.finalResponse();

    expect(second).toMatchObject({ output_text: "It is paid.", previous_response_id: first.id, status: "completed" });
    expect(second.output.map(({ type }) => type)).toEqual(["mcp_call", "message"]);
    expect(second.output).toMatchObject((await test.client.responses.retrieve(second.id)).output);
    expect(events.map((line) => line.split(" ")[0])).toEqual(events.map((_, index) => String(index)));
    expect(events.map((line) => line.split(" ")[1])).toEqual(
      expect.arrayContaining(["response.mcp_call.in_progress", "response.mcp_call.completed", "response.completed"]),
    );
    expect(test.payments).toEqual([100]);
  });

  it.each([false, true])("tells the model of a refusal with its reason (stream: %s)", async (stream) => {
    await using test = await startPayingGateway({ script: [{ calls: [pay(100)] }, { text: "Then not." }] });
    const first = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    const input = [answerTo(requestsOf(first)[0]?.id, false, "too much")];
    const body = { model: "payer", input, previous_response_id: first.id };
    const second = stream
      ? await test.client.responses.stream(body).finalResponse()
      : await test.client.responses.create(body);
    expect(second.output).toMatchObject([
      { type: "mcp_call", status: "failed", error: { content: [{ text: "A person refused the call: too much" }] } },
      { type: "message" },
    ]);
    expect(test.payments).toEqual([]);
  });

  it("goes on in a conversation, one answer at a time where two calls wait", async () => {
    await using test = await startPayingGateway({
      script: [{ calls: [pay(100), pay(200, "c2"), pay(5, "c3")] }, { text: "Both are paid." }],
    });
    const { id } = await test.client.conversations.create();
    const first = await test.client.responses.create({ model: "payer", input: "Pay.", conversation: id });
    expect(first.output.map(({ type }) => type)).toEqual(["mcp_approval_request", "mcp_approval_request", "mcp_call"]);
    const [one, two] = requestsOf(first);

    const second = await test.client.responses.create({
      model: "payer",
      input: [answerTo(one?.id, true)],
      conversation: id,
    });
    expect(second.output).toMatchObject([{ type: "mcp_call", output: "paid 100" }, { id: two?.id }]);

    const third = await test.client.responses.create({
      model: "payer",
      input: [answerTo(two?.id, true)],
      conversation: id,
    });
    expect(third).toMatchObject({ output_text: "Both are paid.", conversation: { id } });
    expect(test.payments).toEqual([5, 100, 200]);
  });

  it("asks for what a sub-run waits for, and the run above goes on with it", async () => {
    await using test = await startPayingGateway({
      script: [
        { calls: [{ name: "ask_payer", arguments: {}, id: "a1" }] },
        { calls: [pay(100)] },
        { text: "The payer has paid." },
        { text: "All is done." },
      ],
    });
    const first = await test.client.responses.create({ model: "boss", input: "Have it paid." });
    expect(first.status).toBe("completed");
    expect(first.output.map(({ type }) => type)).toEqual(["mcp_call", "mcp_approval_request"]);
    const second = await test.client.responses
      .stream({
        model: "boss",
        input: [answerTo(requestsOf(first)[0]?.id, true)],
        previous_response_id: first.id,
      })
      .finalResponse();
    expect(second).toMatchObject({ output_text: "All is done.", output: [{ output: "The payer has paid." }, {}] });
    expect((await test.client.responses.retrieve(first.id)).output).toEqual(first.output);
    expect(test.payments).toEqual([100]);
  });

  it("takes an answer after a restart, and shows the same request", async () => {
    const log = createInMemoryEventLog();
    await using before = await startPayingGateway({ script: [{ calls: [pay(100)] }], log });
    const first = await before.client.responses.create({ model: "payer", input: "Pay 100." });
    await before.stop();
    await using after = await startPayingGateway({ script: [{ text: "Paid." }], log });
    expect((await after.client.responses.retrieve(first.id)).output).toEqual(first.output);
    const input = [answerTo(requestsOf(first)[0]?.id, true)];
    const second = await after.client.responses.create({ model: "payer", input, previous_response_id: first.id });
    expect(second.output_text).toBe("Paid.");
  });

  it("refuses what it did not ask for, records each attempt, and waits on", async () => {
    const clock = fixedClock();
    await using test = await startPayingGateway({
      script: [{ calls: [pay(100)] }, { calls: [pay(100)] }, { text: "Paid." }],
      clock,
    });
    const other = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    const first = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    const [request] = requestsOf(first);
    const answer = (id: string | undefined, stream = false) =>
      test.client.responses.create({
        model: "payer",
        input: [answerTo(id, true)],
        previous_response_id: first.id,
        stream,
      });

    await expect(answer("mcpr_made-up")).rejects.toMatchObject({
      status: 403,
      code: "approval_forged",
      param: "input",
    });
    await expect(answer("anything", true)).rejects.toMatchObject({ status: 403, code: "approval_forged" });
    const forger = createApprovalAuthority({ key: generateApprovalKey() });
    const [payload = ""] = (request?.id ?? "").split(".");
    await expect(answer(`${payload}.${forger.sign(payload)}`)).rejects.toMatchObject({ code: "approval_forged" });
    await expect(answer(requestsOf(other)[0]?.id)).rejects.toMatchObject({
      status: 409,
      code: "approval_arguments_mismatch",
    });
    await expect(
      test.client.responses.create({ model: "payer", input: [answerTo(request?.id, true)] }),
    ).rejects.toMatchObject({ status: 400, param: "previous_response_id" });
    await expect(
      test.client.responses.create({ model: "payer", input: "Go on.", previous_response_id: first.id }),
    ).rejects.toMatchObject({ status: 400, code: "session_suspended" });
    expect(test.payments).toEqual([]);

    await answer(request?.id);
    await expect(answer(request?.id)).rejects.toMatchObject({ status: 409, code: "approval_replayed" });
    await expect(answer(request?.id, true)).rejects.toMatchObject({ status: 409, code: "approval_replayed" });
    expect(test.payments).toEqual([100]);

    const session = first.id.split("_")[1];
    const { body } = await test.call(`/agentkit/v1/sessions/${session}/approvals/refused`);
    expect(body.data.map(({ reason }) => reason)).toEqual([
      "forged",
      "forged",
      "forged",
      "arguments_mismatch",
      "replayed",
      "replayed",
    ]);
  });

  it("goes on without an approval that came too late, and shows that in the next response", async () => {
    const clock = fixedClock();
    await using test = await startPayingGateway({
      script: [{ calls: [pay(100)] }, { text: "Nobody answered." }],
      clock,
    });
    const first = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    clock.advance(60_001);
    await test.kit.recover({ skipSuspended: true });
    expect(await test.client.responses.retrieve(`${first.id}_2`)).toMatchObject({
      output_text: "Nobody answered.",
      output: [{ type: "mcp_call", status: "failed", approval_request_id: requestsOf(first)[0]?.id }, {}],
    });
  });

  it("answers 410 for one that came too late", async () => {
    const clock = fixedClock();
    await using test = await startPayingGateway({ script, clock });
    const first = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    clock.advance(60_001);
    const input = [answerTo(requestsOf(first)[0]?.id, true)];
    await expect(
      test.client.responses.create({ model: "payer", input, previous_response_id: first.id }),
    ).rejects.toMatchObject({ status: 410, code: "approval_expired" });
  });

  it("lets decide who has the role, as authenticated, and nobody of another tenant", async () => {
    await using test = await startPayingGateway({
      script,
      key,
      roles: ["manager"],
      authenticate: ({ headers }) => people[headers.get("authorization")?.slice("Bearer ".length) ?? ""],
    });
    const first = await test.clientOf("ann").responses.create({ model: "payer", input: "Pay 100." });
    const input = [answerTo(requestsOf(first)[0]?.id, true)];
    const body = { model: "payer", input, previous_response_id: first.id };
    await expect(test.clientOf("ann").responses.create(body)).rejects.toMatchObject({
      status: 403,
      code: "approval_role_missing",
    });
    await expect(test.clientOf("bob").responses.create(body)).rejects.toMatchObject({
      status: 400,
      code: "previous_response_not_found",
    });
    const second = await test.clientOf("eve").responses.create(body);
    expect(second.output_text).toBe("It is paid.");
    const session = first.id.split("_")[1] ?? "";
    const events = [];
    for await (const event of test.log.readStream(`session-${session}`)) events.push(event);
    expect(events.find(({ type }) => type === "ToolCallApproved")?.data).toMatchObject({
      approval: { approver: { user: "eve", tenant: "north" } },
    });
  });
});
