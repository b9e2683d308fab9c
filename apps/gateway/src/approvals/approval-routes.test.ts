import { fixedClock, type ScriptedAnswer } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { people, startPayingGateway } from "./approvals.test.support.ts";

const script: readonly ScriptedAnswer[] = [
  { calls: [{ name: "pay", arguments: { amount: 100, card: "4111" }, id: "c1" }] },
  { text: "It is paid." },
];

const authenticate = ({ headers }: Request) => people[headers.get("authorization")?.slice("Bearer ".length) ?? ""];

function only<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error("The list is empty.");
  return row;
}

describe("approvals by AgentKit's API", () => {
  it("lists what waits, decides with other arguments, and says which response has the answer", async () => {
    await using test = await startPayingGateway({ script });
    const first = await test.client.responses.create({ model: "payer", input: "Pay 100." });
    const session = first.id.split("_")[1] ?? "";
    const all = await test.call("/agentkit/v1/approvals");
    expect(all.body.data).toMatchObject([{ session, tool: "pay", arguments: '{"amount":100,"card":"[hidden]"}' }]);
    expect((await test.call(`/agentkit/v1/sessions/${session}/approvals`)).body.data).toEqual(all.body.data);
    const { ticket, argumentsHash } = only(all.body.data);
    expect((await test.call(`/agentkit/v1/sessions/${session}`)).body).toMatchObject({
      status: "suspended",
      waiting: [{ reason: "approval_required" }],
      approvals: [{ ticket }],
    });

    const body = { ticket, outcome: "approve", arguments: { amount: 120 }, argumentsHash, reason: "with fees" };
    const decided = await test.call("/agentkit/v1/approvals/decide", { body });
    expect(decided).toMatchObject({ status: 200, body: { session, outcome: "completed", text: "It is paid." } });
    expect(test.payments).toEqual([120]);
    const answer = await test.client.responses.retrieve(decided.body.response);
    expect(answer).toMatchObject({ output_text: "It is paid.", previous_response_id: first.id });
    expect((await test.call("/agentkit/v1/approvals")).body.data).toEqual([]);
  });

  it.each([
    ["a ticket that is none", "decide", { status: 403, code: "approval_forged" }],
    ["a ticket with another signature", "tamper", { status: 403, code: "approval_forged" }],
    ["a hash of other arguments", "hash", { status: 409, code: "approval_arguments_mismatch" }],
    ["arguments that are no JSON text", "json", { status: 400, code: "invalid_value" }],
    ["a decision that is none", "outcome", { status: 400, code: "invalid_value" }],
    ["one that comes too late", "late", { status: 410, code: "approval_expired" }],
    ["one that was given already", "twice", { status: 409, code: "approval_replayed" }],
  ])("refuses %s", async (_title, what, { status, code }) => {
    const clock = fixedClock();
    await using test = await startPayingGateway({ script, clock });
    await test.client.responses.create({ model: "payer", input: "Pay 100." });
    const ticket = only((await test.call("/agentkit/v1/approvals")).body.data).ticket ?? "";
    const bodies: Readonly<Record<string, unknown>> = {
      decide: { ticket: "none", outcome: "approve" },
      tamper: { ticket: `${ticket.slice(0, -4)}AAAA`, outcome: "deny" },
      hash: { ticket, outcome: "approve", argumentsHash: `sha256:${"0".repeat(64)}` },
      json: { ticket, outcome: "approve", arguments: "{" },
      outcome: { ticket, outcome: "maybe" },
    };
    if (what === "late") clock.advance(60_001);
    if (what === "twice") {
      await test.call("/agentkit/v1/approvals/decide", { body: { ticket, outcome: "deny", reason: "no" } });
    }
    const body = bodies[what] ?? { ticket, outcome: "approve" };
    const refused = await test.call("/agentkit/v1/approvals/decide", { body });
    expect(refused).toMatchObject({ status, body: { error: { code } } });
    expect(test.payments).toEqual([]);
  });

  it("records attempts that name no session, too", async () => {
    await using test = await startPayingGateway({ script });
    await test.call("/agentkit/v1/approvals/decide", { body: { ticket: "none", outcome: "approve" } });
    expect((await test.call("/agentkit/v1/approvals/refused")).body.data).toMatchObject([{ reason: "forged" }]);
  });

  it("keeps tenants apart, and gives a ticket to those who may use it", async () => {
    await using test = await startPayingGateway({ script, roles: ["manager"], authenticate });
    const first = await test.clientOf("ann").responses.create({ model: "payer", input: "Pay 100." });
    const session = first.id.split("_")[1] ?? "";
    const list = async (key: string) => (await test.call("/agentkit/v1/approvals", { key })).body.data;
    expect(await list("ann")).toMatchObject([{ session, ticket: null }]);
    expect(await list("bob")).toEqual([]);
    const { ticket } = only(await list("eve"));

    const body = { ticket, outcome: "approve" };
    const decide = async (key: string) => test.call("/agentkit/v1/approvals/decide", { key, body });
    expect(await decide("bob")).toMatchObject({ status: 403, body: { error: { code: "approval_forged" } } });
    expect(await decide("ann")).toMatchObject({ status: 403, body: { error: { code: "approval_role_missing" } } });
    expect(await decide("eve")).toMatchObject({ status: 200, body: { outcome: "completed" } });

    const { body: refused } = await test.call(`/agentkit/v1/sessions/${session}/approvals/refused`, { key: "eve" });
    expect(refused.data).toMatchObject([
      { reason: "forged", approver: { user: "bob" } },
      { reason: "role_missing", approver: { user: "ann" } },
    ]);
  });
});
