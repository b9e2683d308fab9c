import { createInMemoryEventLog } from "@agentkit/core";
import type { ScriptedAnswer } from "@agentkit/core/testing";
import { createApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
import { describe, expect, it } from "vitest";
import { answerTo, key, requestsOf, startPayingGateway } from "./approvals.test.support.ts";

const paying: ScriptedAnswer = { calls: [{ name: "pay", arguments: { amount: 100 }, id: "c1" }] };
const asking: ScriptedAnswer = { calls: [{ name: "ask_payer", arguments: {}, id: "a1" }] };
const cases = [
  { model: "payer", whose: "the run's own call", script: [paying], rest: [{ text: "Done." }] },
  { model: "boss", whose: "a sub-run's call", script: [asking, paying], rest: [{ text: "Paid." }, { text: "Done." }] },
];

describe("an exchange of the key", () => {
  it.each(cases)("leaves an id that was issued before for $whose to be answered", async ({ model, script, rest }) => {
    const log = createInMemoryEventLog();
    await using before = await startPayingGateway({ script, log });
    const first = await before.client.responses.create({ model, input: "Pay." });
    const [issued] = requestsOf(first);
    await before.stop();
    await using after = await startPayingGateway({ script: rest, log, approvals: authorityAfter() });

    const [shown] = requestsOf(await after.client.responses.retrieve(first.id));
    expect(shown?.id).not.toBe(issued?.id);
    expect(shown?.id.split(".")[0]).toBe(issued?.id.split(".")[0]);
    const body = { model, input: [answerTo(issued?.id, true)], previous_response_id: first.id };
    const second = await after.client.responses.create(body);
    expect(second.output_text).toBe("Done.");
    expect(after.payments).toEqual([100]);
    await expect(after.client.responses.create(body)).rejects.toMatchObject({ status: 409 });
    expect(after.payments).toEqual([100]);
  });

  it.each(cases)("does not make good what no key of ours signed for $whose", async ({ model, script }) => {
    const log = createInMemoryEventLog();
    await using before = await startPayingGateway({ script, log });
    const first = await before.client.responses.create({ model, input: "Pay." });
    await before.stop();
    const unknown = createApprovalAuthority({ key: generateApprovalKey() });
    await using after = await startPayingGateway({ script: [], log, approvals: unknown });
    const input = [answerTo(requestsOf(first)[0]?.id, true)];
    await expect(after.client.responses.create({ model, input, previous_response_id: first.id })).rejects.toMatchObject(
      { status: 403, code: "approval_forged" },
    );
    expect(after.payments).toEqual([]);
  });
});

function authorityAfter() {
  const { publicKey } = createApprovalAuthority({ key });
  return createApprovalAuthority({ key: generateApprovalKey(), earlierKeys: [publicKey] });
}
