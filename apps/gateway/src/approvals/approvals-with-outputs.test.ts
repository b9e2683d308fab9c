import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { answerTo, requestsOf, startPayingGateway } from "./approvals.test.support.ts";

const script = [
  {
    calls: [
      { name: "pay", arguments: { amount: 100 }, id: "c1" },
      { name: "look_up", arguments: {}, id: "f1" },
    ],
  },
  { text: "Paid, and looked up." },
];
const tools = [{ type: "function" as const, name: "look_up", parameters: null, strict: null }];
const found = { type: "function_call_output" as const, call_id: "f1", output: "found" };

interface Streamed {
  readonly data: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>;
  readonly response: Response;
}

/** The response that a stream ends with, and the headers it came with. */
async function collected(streaming: Promise<Streamed>) {
  const { data, response } = await streaming;
  let last: OpenAI.Responses.ResponseStreamEvent | undefined;
  for await (const event of data) last = event;
  if (last?.type !== "response.completed") throw new Error(`The stream ended with ${last?.type}.`);
  return { data: last.response, response };
}

describe("answers that come with the outputs of the client's functions", () => {
  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("are taken, and a response has what came of them (conversation: %s, stream: %s)", async (converses, stream) => {
    await using test = await startPayingGateway({ script });
    const conversation = converses ? (await test.client.conversations.create()).id : undefined;
    const first = await test.client.responses.create({
      model: "payer",
      input: "Pay.",
      tools,
      ...(conversation !== undefined && { conversation }),
    });
    const approval = answerTo(requestsOf(first)[0]?.id, true);
    const where = conversation === undefined ? { previous_response_id: first.id } : { conversation };
    const body = { model: "payer", input: [approval, found], tools, ...where };

    const { data: second, response } = stream
      ? await collected(test.client.responses.create({ ...body, stream: true }).withResponse())
      : await test.client.responses.create(body).withResponse();

    expect(second.output).toMatchObject([{ type: "message", content: [{ text: "Paid, and looked up." }] }]);
    expect(test.payments).toEqual([100]);
    const decided = response.headers.get("x-agentkit-decided-response") ?? "";
    expect(decided).toBe(`${first.id}_2`);
    expect((await test.client.responses.retrieve(decided)).output).toMatchObject([
      { type: "mcp_call", approval_request_id: approval.approval_request_id, output: "paid 100" },
    ]);
    expect((await test.client.responses.inputItems.list(decided)).data).toMatchObject([approval]);
    expect(second.previous_response_id).toBe(converses ? null : decided);
    expect((await test.client.responses.retrieve(second.id)).previous_response_id).toBe(second.previous_response_id);
  });

  it("leave the calls of a response that is not kept to the response that was answered with", async () => {
    await using test = await startPayingGateway({ script });
    const { id: conversation } = await test.client.conversations.create();
    const common = { model: "payer", tools, conversation, store: false };
    const first = await test.client.responses.create({ ...common, input: "Pay." });
    const input = [answerTo(requestsOf(first)[0]?.id, true), found];
    const { data, response } = await test.client.responses.create({ ...common, input }).withResponse();
    expect(data.output_text).toBe("Paid, and looked up.");
    expect(response.headers.has("x-agentkit-decided-response")).toBe(false);
  });
});
