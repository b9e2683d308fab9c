import { beforeEach, describe, expect, it } from "vitest";
import { defineAgent } from "../agent/define-agent.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { testKit } from "../kit/session-harness.test.support.ts";
import type { AgentKit } from "../kit/create-agent-kit.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import { createSessionList } from "./session-list.ts";

describe("createSessionList", () => {
  const clock = fixedClock(Date.UTC(2026, 0, 1));
  const agents = [defineAgent({ name: "clerk", model: "m" })];
  let log: EventLog;
  let kit: AgentKit;

  beforeEach(() => {
    log = createInMemoryEventLog();
    const model = scriptedModel((_request, index) => (index === 1 ? { error: "model_not_found" } : { text: "Yes." }));
    kit = testKit({ log, model, agents, clock });
  });

  it("is empty for an empty log", async () => {
    expect(await createSessionList(log).read()).toEqual([]);
  });

  it("shows how each session stands, the one that changed last first", async () => {
    await kit.createSession({ session: "empty" });
    clock.advance(1_000);
    await kit.run({ session: "first", input: "Hello\nthere" });
    clock.advance(1_000);
    await kit.run({ session: "second", input: "x".repeat(100) });
    await kit.fork("first", { session: "fork" });
    const list = createSessionList(log);
    expect(await list.read()).toMatchObject([
      { session: "fork", status: "empty", title: "", turns: 0, parent: { session: "first" } },
      { session: "second", status: "failed", title: `${"x".repeat(79)}…`, turns: 1, agent: "clerk" },
      {
        session: "first",
        status: "completed",
        title: "Hello",
        created: "2026-01-01T00:00:01.000Z",
        updated: "2026-01-01T00:00:01.000Z",
        parent: undefined,
      },
      { session: "empty", status: "empty", agent: undefined, turns: 0 },
    ]);
  });

  it("reads on from where it was, and comes to what a new list reads", async () => {
    const list = createSessionList(log);
    await kit.run({ session: "first", input: "Hello" });
    await list.read();
    await kit.run({ session: "second", input: "Hello" });
    await kit.run({ session: "first", input: "More" });
    const [both, again] = await Promise.all([list.read(), list.read()]);
    expect(both.map(({ session, turns }) => ({ session, turns }))).toEqual([
      { session: "first", turns: 2 },
      { session: "second", turns: 1 },
    ]);
    expect(again).toEqual(both);
    expect(await createSessionList(log).read()).toEqual(both);
  });

  it("keeps the first prompt as the title, and stands a prompt without text", async () => {
    await kit.run({ session: "s", input: [{ type: "message", role: "user" }] });
    await kit.run({ session: "s", input: "Later" });
    expect(await createSessionList(log).read()).toMatchObject([{ title: "Later", turns: 2 }]);
  });

  it("puts spaces between the parts of the first prompt: together they may say what none of them says", async () => {
    const content = ["Split", "", "here"].map((text) => ({ type: "input_text", text }));
    await kit.run({ session: "s", input: [{ type: "message", role: "user", content }] });
    expect(await createSessionList(log).read()).toMatchObject([{ title: "Split here" }]);
  });

  it("passes over streams that are no sessions", async () => {
    await kit.run({ session: "s", input: "Hi", instructions: "Be kind." });
    expect(await createSessionList(log).read()).toHaveLength(1);
  });
});
