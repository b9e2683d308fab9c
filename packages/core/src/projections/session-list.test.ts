import { describe, expect, it } from "vitest";
import { defineAgent } from "../agent/define-agent.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { testKit } from "../kit/session-harness.test.support.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import { createProjector } from "./projector.ts";
import { createSessionList, sessionList } from "./session-list.ts";

function setUp() {
  const log = createInMemoryEventLog();
  const agents = [defineAgent({ name: "assistant", model: "scripted" })];
  return { log, kit: testKit({ log, agents, model: scriptedModel(() => ({ text: "Hello." })) }) };
}

describe("createSessionList", () => {
  it("lists sessions with what became of them, the one that changed last first", async () => {
    const { log, kit } = setUp();
    const list = createSessionList(log);
    expect(await list.read()).toEqual([]);
    await kit.run({ session: "a", input: "First question\nwith a second line" });
    await kit.createSession({ session: "b" });
    await kit.fork("a", { session: "c" });
    expect((await list.read()).map(({ session }) => session)).toEqual(["c", "b", "a"]);
    await kit.run({ session: "a", input: "Second question" });
    const [a, c, b] = await list.read();
    expect(a).toMatchObject({
      session: "a",
      status: "completed",
      agent: "assistant",
      turns: 2,
      title: "First question",
    });
    expect(c).toMatchObject({ session: "c", status: "empty", turns: 0, parent: { session: "a" } });
    expect(b).toEqual({ ...b, session: "b", status: "empty", agent: undefined, title: "", parent: undefined });
  });

  it("reads the same from a store that other processes keep, after any number of them", async () => {
    const { log, kit } = setUp();
    const store = createInMemoryProjectionStore();
    const lists = [1, 2, 3].map(() => createSessionList(log, store));
    for (const session of ["a", "b", "a", "c"]) {
      await kit.run({ session, input: `Question in ${session}` });
      await Promise.all(lists.flatMap((list) => [list.read(), list.read()]));
    }
    const fresh = await createSessionList(log).read();
    for (const list of lists) expect(await list.read()).toEqual(fresh);
    expect(fresh.map(({ session, turns }) => [session, turns])).toEqual([
      ["c", 1],
      ["a", 2],
      ["b", 1],
    ]);
  });

  it("is the same after a rebuild", async () => {
    const { log, kit } = setUp();
    const store = createInMemoryProjectionStore();
    await kit.run({ session: "a", input: "Hi" });
    await kit.run({ session: "b", input: "Hi" });
    const list = createSessionList(log, store);
    const before = await list.read();
    await createProjector({ log, store, projections: [sessionList] }).rebuild(sessionList.name);
    expect(await list.read()).toEqual(before);
  });
});
