import { createInMemoryEventLog, defineAgent } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { answerTo, requestsOf, startPayingGateway } from "./approvals.test.support.ts";

const secret = "4111-1111";
const payingTwice = {
  calls: [
    { name: "pay", arguments: { amount: 5, card: secret }, id: "c0" },
    { name: "pay", arguments: { amount: 100, card: secret }, id: "c1" },
  ],
};

describe("the arguments of a call", () => {
  it.each([false, true])(
    "are shown without what the tool hides, before and after a decision (stream: %s)",
    async (stream) => {
      await using test = await startPayingGateway({ script: [payingTwice, { text: "Paid." }] });
      const told: unknown[] = [];
      const ask = async (input: string | ReturnType<typeof answerTo>[], previous?: string) => {
        const body = { model: "payer", input, ...(previous !== undefined && { previous_response_id: previous }) };
        if (!stream) return test.client.responses.create(body);
        const events = test.client.responses.stream(body);
        events.on("event", (event) => told.push(event));
        return events.finalResponse();
      };

      const first = await ask("Pay.");
      expect(first.output).toMatchObject([
        { type: "mcp_call", arguments: '{"amount":5,"card":"[hidden]"}' },
        { type: "mcp_approval_request", arguments: '{"amount":100,"card":"[hidden]"}' },
      ]);
      const session = first.id.split("_")[1] ?? "";
      const waiting = [{ callId: "c1", arguments: '{"amount":100,"card":"[hidden]"}' }];
      expect((await test.call(`/agentkit/v1/sessions/${session}`)).body).toMatchObject({ waiting });
      const resumed = await test.call(`/agentkit/v1/sessions/${session}/resume`, { body: {} });
      expect(resumed.body).toMatchObject({ outcome: "suspended", waiting });

      const second = await ask([answerTo(requestsOf(first)[0]?.id, true)], first.id);
      expect(second.output).toMatchObject([{ type: "mcp_call", arguments: '{"amount":100,"card":"[hidden]"}' }, {}]);
      const later = [await test.client.responses.retrieve(first.id), await test.client.responses.retrieve(second.id)];
      expect(JSON.stringify([told, first, second, later])).not.toContain(secret);
      expect(test.payments).toEqual([5, 100]);
    },
  );

  it("are hidden where an approver gave others", async () => {
    await using test = await startPayingGateway({ script: [payingTwice, { text: "Paid." }] });
    const first = await test.client.responses.create({ model: "payer", input: "Pay." });
    const ticket = requestsOf(first)[0]?.id.slice("mcpr_".length);
    const body = { ticket, outcome: "approve", arguments: { amount: 120, card: secret } };
    const decided = await test.call("/agentkit/v1/approvals/decide", { body });
    expect((await test.client.responses.retrieve(decided.body.response)).output).toMatchObject([
      { type: "mcp_call", arguments: '{"amount":120,"card":"[hidden]"}', output: "paid 120" },
      {},
    ]);
  });

  it("are hidden whole for a tool that the code does not have any more", async () => {
    const log = createInMemoryEventLog();
    await using before = await startPayingGateway({ script: [payingTwice], log });
    const first = await before.client.responses.create({ model: "payer", input: "Pay." });
    await before.stop();
    const agents = [defineAgent({ name: "other", model: "test-model" })];
    await using after = await startPayingGateway({ script: [], log, agents });
    const { output } = await after.client.responses.retrieve(first.id);
    expect(output).toMatchObject([{ arguments: '"[hidden]"' }, { arguments: '"[hidden]"' }]);
  });
});
