import { createHash } from "node:crypto";
import type { ScriptedAnswer } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { people, startPayingGateway } from "../approvals/approvals.test.support.ts";
import { authenticateByKey } from "./authenticate.ts";

const script = (): ScriptedAnswer => ({ text: "Hello." });
const authenticate = authenticateByKey(
  Object.fromEntries(
    Object.entries(people).map(([key, principal]) => [createHash("sha256").update(key).digest("hex"), principal]),
  ),
);

describe("authentication", () => {
  it("turns away who is not known, in the words of OpenAI, and records nothing", async () => {
    await using test = await startPayingGateway({ script, authenticate });
    const create = async (key: string) => test.clientOf(key).responses.create({ model: "payer", input: "Hi" });
    await expect(create("nobody")).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
      type: "invalid_request_error",
    });
    for (const path of ["/v1/models", "/agentkit/v1/sessions", "/agentkit/v1/approvals", "/nowhere"]) {
      expect((await test.call(path)).status, path).toBe(401);
    }
    const mcp = await fetch(`${test.url}/mcp`, { method: "POST", body: "{}" });
    expect([mcp.status, mcp.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    await mcp.body?.cancel();
    expect((await test.call("/healthz")).status).toBe(200);
    expect(await test.countEvents()).toBe(0);
    expect((await create("ann")).output_text).toBe("Hello.");
  });

  it.each([
    ["throws", () => Promise.reject(new Error("the secret is 1234")), 401],
    ["gives no principal", () => ({ roles: "all" }), 500],
  ])("turns a request away when what authenticates %s, and does not repeat what it said", async (_, found, status) => {
    // @ts-expect-error -- a configuration in JavaScript can give anything
    await using test = await startPayingGateway({ script, authenticate: found });
    const answer = await test.call("/v1/models");
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain("1234");
  });

  it("records on whose behalf a run acts, in every way to begin one", async () => {
    await using test = await startPayingGateway({ script, authenticate });
    const eve = test.clientOf("eve");
    await eve.responses.create({ model: "payer", input: "Hi" });
    await eve.responses.stream({ model: "payer", input: "Hi" }).finalResponse();
    const { id } = await eve.conversations.create();
    await eve.responses.create({ model: "payer", input: "Hi", conversation: id });
    const principals = [];
    for await (const { type, data } of test.log.readAll()) {
      const { request } = data as { readonly request?: { readonly principal?: unknown } };
      if (type === "RunStarted") principals.push(request?.principal);
    }
    expect(principals).toEqual([people["eve"], people["eve"], people["eve"]]);
  });
});

describe("a session of another tenant", () => {
  it("is not there: not to be read, gone on with, forked, compared or listed", async () => {
    await using test = await startPayingGateway({ script, authenticate });
    const [ann, bob] = [test.clientOf("ann"), test.clientOf("bob")];
    const empty = await ann.conversations.create();
    const first = await ann.responses.create({ model: "payer", input: "Hi" });
    const session = first.id.split("_")[1] ?? "";
    const own = (await bob.responses.create({ model: "payer", input: "Hi" })).id.split("_")[1] ?? "";
    const forked = await test.call(`/agentkit/v1/sessions/${session}/fork`, { key: "eve", body: {} });
    expect(forked.status).toBe(201);

    await expect(bob.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404, code: "response_not_found" });
    await expect(
      bob.responses.create({ model: "payer", input: "Hi", previous_response_id: first.id }),
    ).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
    for (const id of [empty.id, `conv_${session}`]) {
      await expect(bob.conversations.retrieve(id)).rejects.toMatchObject({ status: 404 });
      await expect(bob.responses.create({ model: "payer", input: "Hi", conversation: id })).rejects.toMatchObject({
        status: 404,
        code: "conversation_not_found",
      });
    }
    for (const path of ["", "/events", "/diff?with=x", "/approvals", "/approvals/refused"]) {
      expect((await test.call(`/agentkit/v1/sessions/${session}${path}`, { key: "bob" })).status, path).toBe(404);
    }
    for (const command of ["replay", "fork", "resume"]) {
      const path = `/agentkit/v1/sessions/${forked.body.session}/${command}`;
      expect((await test.call(path, { key: "bob", body: {} })).status, command).toBe(404);
    }
    expect((await test.call(`/agentkit/v1/sessions/${own}/diff?with=${session}`, { key: "bob" })).status).toBe(404);
    const listed = (await test.call("/agentkit/v1/sessions?limit=1", { key: "bob" })).body;
    expect(listed).toMatchObject({ data: [{ session: own }], has_more: false });
    expect((await test.call(`/agentkit/v1/sessions?after=${session}`, { key: "bob" })).status).toBe(400);
    expect((await test.call("/agentkit/v1/sessions", { key: "eve" })).body.data).toHaveLength(3);
  });
});
