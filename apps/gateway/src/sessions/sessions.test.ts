import { createInMemoryEventLog, defineAgent, defineTool } from "@agentkit/core";
import type { ReplayReport, SessionDiff, SessionSummary } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { readUntil, startTestGateway, testAgents } from "../gateway.test.support.ts";
import type { TestGateway } from "../gateway.test.support.ts";
import type { Page } from "../http/page.ts";
import { parseResponseId } from "../responses/response-id.ts";
import type { SessionView } from "./session-view.ts";

async function call<Body>(test: TestGateway, path: string, body?: object): Promise<Body> {
  const answer = await fetch(`${test.url}/agentkit/v1/${path}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test says what the route promises
  return (await answer.json()) as Body;
}

/** A session of so many turns; its id and its responses'. */
async function converse(test: TestGateway, turns: number): Promise<{ session: string; responses: string[] }> {
  const responses: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const previous = responses.at(-1);
    const { id } = await test.client.responses.create({
      model: "plain",
      input: `question ${turn}`,
      ...(previous !== undefined && { previous_response_id: previous }),
    });
    responses.push(id);
  }
  return { session: parseResponseId(responses[0] ?? "")?.session ?? "", responses };
}

const echo = () => scriptedModel((_, index) => ({ text: `answer ${index}` }));

describe("/agentkit/v1/sessions", () => {
  it("lists sessions by pages, the one that changed last first", async () => {
    await using test = await startTestGateway({ model: echo() });
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.unshift((await converse(test, 1)).session);
    const first = await call<Page<SessionSummary>>(test, "sessions?limit=2");
    expect(first.data.map(({ session }) => session)).toEqual(ids.slice(0, 2));
    expect(first).toMatchObject({ object: "list", first_id: ids[0], last_id: ids[1], has_more: true });
    const second = await call<Page<SessionSummary>>(test, `sessions?limit=3&after=${first.last_id}`);
    expect(second.data.map(({ session }) => session)).toEqual(ids.slice(2));
    expect(second.has_more).toBe(false);
    expect(second.data[0]).toMatchObject({ title: "question 0", turns: 1, status: "completed", agent: "plain" });
    await expect(call(test, "sessions?after=nobody")).rejects.toThrow("400");
    await expect(call(test, "sessions?limit=0")).rejects.toThrow("limit");
  });

  it("shows a session with its turns, and a fork with what it inherits", async () => {
    await using test = await startTestGateway({ model: echo() });
    const { session, responses } = await converse(test, 2);
    const view = await call<SessionView>(test, `sessions/${session}`);
    expect(view).toMatchObject({ session, status: "completed", parent: null, conversation: `conv_${session}` });
    expect(view.turns.map(({ prompt, answer, response }) => [prompt, answer, response])).toEqual([
      ["question 0", "answer 0", responses[0]],
      ["question 1", "answer 1", responses[1]],
    ]);
    const [first] = view.turns;
    const forked = await call<{ session: string }>(test, `sessions/${session}/fork`, {
      at: first?.revision,
      instructions: "Be short.",
      metadata: { why: "to see" },
    });
    await test.client.responses.create({ model: "plain", input: "other", conversation: `conv_${forked.session}` });
    const fork = await call<SessionView>(test, `sessions/${forked.session}`);
    expect(fork.parent).toEqual({ session, revision: first?.revision });
    expect(fork.metadata).toEqual({ why: "to see" });
    expect(fork.turns.map(({ inherited, response }) => [inherited, parseResponseId(response)?.session])).toEqual([
      [true, session],
      [false, forked.session],
    ]);
    const diff = await call<SessionDiff>(test, `sessions/${session}/diff?with=${forked.session}`);
    expect(diff).toMatchObject({
      common: { session, revision: first?.revision },
      left: { turns: [{ answer: "answer 1" }] },
      right: { instructions: "Be short.", turns: [{ answer: "answer 2" }] },
    });
    await expect(call(test, `sessions/${session}/diff`)).rejects.toThrow("with");
    await expect(call(test, "sessions/nobody")).rejects.toThrow("404");
    await expect(call(test, `sessions/${session}/fork`, { model: "gpt-0" })).rejects.toThrow("model_not_found");
    await expect(call(test, `sessions/${session}/fork`, { at: 999 })).rejects.toThrow('"param":"at"');
  });

  it("replays without asking the model, and tells a changed agent", async () => {
    const log = createInMemoryEventLog();
    const model = echo();
    await using test = await startTestGateway({ model, log });
    const { session } = await converse(test, 2);
    const answer = await fetch(`${test.url}/agentkit/v1/sessions/${session}/replay`, { method: "POST" });
    expect(answer.headers.get("x-agentkit-session")).toBe(session);
    expect(await answer.json()).toMatchObject({ status: "identical", runs: 2, modelCalls: 2 });
    expect(model.requests).toHaveLength(2);
    const agents = [defineAgent({ name: "plain", model: "test-model", instructions: "Something new." })];
    await using changed = await startTestGateway({ model, log, agents });
    const report = await call<ReplayReport>(changed, `sessions/${session}/replay`, {});
    expect(report).toMatchObject({ status: "diverged", divergence: { kind: "code" } });
  });

  it("lists events by pages", async () => {
    await using test = await startTestGateway({ model: echo() });
    const { session } = await converse(test, 1);
    const first = await call<Page<{ revision: number }>>(test, `sessions/${session}/events?limit=3`);
    expect(first.data.map(({ revision }) => revision)).toEqual([0, 1, 2]);
    expect(first).toMatchObject({ last_id: "2", has_more: true });
    const rest = await call<Page<{ revision: number; type: string }>>(test, `sessions/${session}/events?after=2`);
    expect(rest.data[0]?.revision).toBe(3);
    expect(rest.data.at(-1)?.type).toBe("RunCompleted");
    expect(rest.has_more).toBe(false);
    await expect(call(test, "sessions/nobody/events")).rejects.toThrow("404");
    await expect(call(test, `sessions/${session}/events?after=x`)).rejects.toThrow("after");
  });

  it("streams events from where a client left off, then live, without gap and repeat", async () => {
    await using test = await startTestGateway({ model: echo(), heartbeatMs: 20 });
    const { session, responses } = await converse(test, 1);
    const seen = await test.log.head(`session-${session}`);
    const answer = await fetch(`${test.url}/agentkit/v1/sessions/${session}/events?after=0`, {
      headers: { accept: "text/event-stream", "last-event-id": "1" },
    });
    expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const [own, ...others] = await Promise.all([
      readUntil(answer, `id: ${(seen ?? 0) + 5}\n`),
      test.client.responses.create({ model: "plain", input: "next", previous_response_id: responses[0] ?? null }),
      // Another session, whose events must not show.
      converse(test, 1),
    ]);
    expect(others).toHaveLength(2);
    const ids = [...own.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids.length).toBeGreaterThan(seen ?? 0);
    expect(ids).toEqual(ids.map((_, index) => index + 2));
    expect(own).toMatch(/id: 2\nevent: \w+\ndata: \{.*"revision":2.*\}\n\n/);
  });

  it("gives nothing again to a client that has seen everything, and lives on comments", async () => {
    await using test = await startTestGateway({ model: echo(), heartbeatMs: 20 });
    const { session } = await converse(test, 1);
    const head = await test.log.head(`session-${session}`);
    const answer = await fetch(`${test.url}/agentkit/v1/sessions/${session}/events`, {
      headers: { accept: "text/event-stream", "last-event-id": String(head) },
    });
    expect(await readUntil(answer, ": ping\n\n: ping")).not.toContain("id: ");
  });
});

describe("a tool whose outcome is unknown", () => {
  it("makes the response incomplete until a person has decided", async () => {
    const pay = defineTool({
      name: "pay",
      description: "Pays.",
      input: z.object({}),
      timeoutMs: 50,
      run: async (_, { signal }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => resolve());
        await promise;
        throw new Error("No answer from the bank.");
      },
    });
    const agents = [...testAgents, defineAgent({ name: "payer", model: "test-model", tools: [pay] })];
    const model = scriptedModel([{ calls: [{ name: "pay", arguments: {}, id: "call_pay" }] }, { text: "Paid." }]);
    await using test = await startTestGateway({ model, agents });
    const types: string[] = [];
    let last;
    for await (const event of await test.client.responses.create({ model: "payer", input: "Pay.", stream: true })) {
      types.push(event.type);
      if ("response" in event) last = event.response;
    }
    expect(types.slice(-2)).toEqual(["response.output_item.done", "response.incomplete"]);
    expect(last).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "tool_outcome_unknown" },
      output: [{ type: "mcp_call", status: "incomplete", output: null }],
    });
    const id = last?.id ?? "";
    const session = parseResponseId(id)?.session ?? "";
    const view = await call<SessionView>(test, `sessions/${session}`);
    expect(view).toMatchObject({ status: "suspended", waiting: [{ callId: "call_pay", tool: "pay" }] });
    await expect(
      test.client.responses.create({ model: "payer", input: "Well?", previous_response_id: id }),
    ).rejects.toMatchObject({ status: 400, code: "session_suspended" });
    await expect(
      test.client.responses.create({ model: "payer", input: "Well?", conversation: `conv_${session}` }),
    ).rejects.toMatchObject({ status: 400, code: "session_suspended", param: "conversation" });
    const decision = { callId: "call_pay", outcome: "succeeded", output: "receipt 7" };
    await expect(
      call(test, `sessions/${session}/resume`, { decisions: [{ ...decision, callId: "x" }] }),
    ).rejects.toThrow("400");
    const result = await call(test, `sessions/${session}/resume`, { decisions: [decision], actor: "ann" });
    expect(result).toMatchObject({ outcome: "completed", text: "Paid.", response: id });
    expect(await test.client.responses.retrieve(id)).toMatchObject({
      status: "completed",
      output_text: "Paid.",
      output: [{ type: "mcp_call", status: "completed", output: "receipt 7" }, { type: "message" }],
    });
    const actors = [];
    for await (const event of test.log.readAll()) if (event.type === "ToolCallSucceeded") actors.push(event.meta.actor);
    expect(actors).toEqual(["person:ann"]);
  });
});

describe("closing the server", () => {
  it("drops what is under way after the grace time, and each run has recorded its end", async () => {
    const log = createInMemoryEventLog();
    const types: string[] = [];
    {
      await using test = await startTestGateway({ model: scriptedModel([{ stall: true }, { stall: true }]), log });
      const streamed = await test.client.responses.create({ model: "plain", input: "Hi", stream: true });
      const whole = test.client.responses.create({ model: "plain", input: "Hi" }).catch(() => "dropped");
      await vi.waitFor(async () => expect(await test.countEvents()).toBeGreaterThan(9));
      await test.stop();
      expect(await whole).toBe("dropped");
      streamed.controller.abort();
      for await (const event of log.readAll()) types.push(event.type);
    }
    expect(types.filter((type) => type === "RunCancelled")).toHaveLength(2);
  });
});
