import { scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { startTestGateway } from "../gateway.test.support.ts";

/** A request about a session that is refused, and how. A body makes it a POST. */
interface Refused {
  /** What comes behind the session's id. */
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly param: string | null;
  readonly code: string;
}

const decision = '{"decisions":[{"callId":"call_x","outcome":"failed","message":"No."}]}';

const refused: readonly Refused[] = [
  { path: "/diff?with=nope", status: 404, param: "with", code: "session_not_found" },
  { path: "/diff?with=a%20b", status: 404, param: "with", code: "session_not_found" },
  { path: "/diff", status: 400, param: "with", code: "missing_required_parameter" },
  { path: "/diff?wiht=x", status: 400, param: "wiht", code: "unknown_parameter" },
  { path: "/events?form=3", status: 400, param: "form", code: "unknown_parameter" },
  { path: "?verbose", status: 400, param: "verbose", code: "unknown_parameter" },
  { path: "/replay?dry=1", body: "", status: 400, param: "dry", code: "unknown_parameter" },
  { path: "/replay", body: '{"foo":1}', status: 400, param: "foo", code: "unknown_parameter" },
  { path: "/replay", body: '{"foo"', status: 400, param: null, code: "invalid_json" },
  { path: "/fork", body: '{"agent":"nope"}', status: 400, param: "agent", code: "agent_not_found" },
  { path: "/fork", body: '{"model":"nope"}', status: 400, param: "model", code: "model_not_found" },
  { path: "/fork", body: '{"at":99}', status: 400, param: "at", code: "revision_not_found" },
  { path: "/fork", body: '{"foo":1}', status: 400, param: "foo", code: "unknown_parameter" },
  { path: "/resume", body: decision, status: 400, param: "decisions", code: "tool_call_not_waiting" },
];

describe("a request about a session", () => {
  it.each(refused)("names the field at fault and the session: $path $body", async ({ path, body, ...error }) => {
    await using test = await startTestGateway({ model: scriptedModel([{ text: "Hi." }]) });
    const { session } = await test.kit.run({ agent: "plain", input: "Hi" });
    const before = await test.countEvents();
    const answer = await fetch(`${test.url}/agentkit/v1/sessions/${session}${path}`, {
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body }),
    });
    const { status, ...fields } = error;
    const shown: unknown = await answer.json();
    expect(shown).toMatchObject({ error: fields });
    expect([answer.status, answer.headers.get("x-agentkit-session")]).toEqual([status, session]);
    expect(await test.countEvents()).toBe(before);
  });

  const ids = ["nobody", "a%20b", "%00", "..%2f..", "%zz", "x".repeat(300), "caf%C3%A9"];

  it.each(ids)("is answered with 404 for the id %s, which no session has", async (id) => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/events"],
      ["GET", "/diff?with=x"],
      ["POST", "/fork"],
    ] as const) {
      const answer = await fetch(`${test.url}/agentkit/v1/sessions/${id}${path}`, { method });
      expect([answer.status, answer.headers.get("x-agentkit-session")]).toEqual([404, null]);
      const body = await answer.text();
      expect(body).toContain('"param":"session","code":"session_not_found"');
      expect(body).not.toContain("stream");
    }
  });

  it("is refused for a field of the list's query that is not known", async () => {
    await using test = await startTestGateway({ model: scriptedModel([]) });
    const answer = await fetch(`${test.url}/agentkit/v1/sessions?order=asc`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: "order" } }]);
  });
});
