import { AgentKitError, createInMemoryEventLog } from "@agentkit/core";
import type { EventLog } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { post, startTestGateway } from "../gateway.test.support.ts";
import type { TestGateway } from "../gateway.test.support.ts";

const echo = () => scriptedModel((_, index) => ({ text: `answer ${index}` }));

/** A log on a disk that can be full. An append at a revision that is not there loses before the disk is asked. */
function createLogOnDisk(): { readonly log: EventLog; readonly fill: (isFull: boolean) => void } {
  const log = createInMemoryEventLog();
  const append = log.append.bind(log);
  let full = false;
  log.append = async (stream, events, options) => {
    const loses = options.expected !== "no_stream" && options.expected !== (await log.head(stream));
    if (full && !loses) throw new AgentKitError("log_full", "The disk is full.");
    return append(stream, events, options);
  };
  return { log, fill: (isFull) => void (full = isFull) };
}

async function readiness(test: TestGateway): Promise<[status: number, body: unknown]> {
  const answer = await fetch(`${test.url}/readyz`);
  return [answer.status, await answer.json()];
}

describe("health", () => {
  it("is ready while the log can be read and would take an append, and writes nothing to find out", async () => {
    const log = createInMemoryEventLog();
    await using test = await startTestGateway({ model: echo(), log });
    expect((await fetch(`${test.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${test.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ready" }]);
    expect(await test.countEvents()).toBe(0);
    await log.close();
    const closed = await fetch(`${test.url}/readyz`);
    expect(closed.status).toBe(503);
    expect(await closed.json()).toMatchObject({ status: "not_ready", code: "log_closed" });
  });

  it.each([false, true])(
    "is not ready from a failed append on until the log takes one (stream: %s)",
    async (stream) => {
      const { log, fill } = createLogOnDisk();
      const model = scriptedModel(() => {
        fill(true);
        return { text: "Too late." };
      });
      await using test = await startTestGateway({ model, log });
      await (await post(test, { model: "plain", input: "Hi", stream })).text();
      const before = await test.countEvents();
      const full = [503, { status: "not_ready", code: "log_full", reason: "The disk is full." }];
      expect([await readiness(test), await readiness(test)]).toEqual([full, full]);
      fill(false);
      expect(await Promise.all([readiness(test), readiness(test)])).toEqual([
        [200, { status: "ready" }],
        [200, { status: "ready" }],
      ]);
      expect(await readiness(test)).toEqual([200, { status: "ready" }]);
      expect(await test.countEvents()).toBe(before + 1);
    },
  );

  it("names no session that could not be recorded", async () => {
    const { log, fill } = createLogOnDisk();
    fill(true);
    await using test = await startTestGateway({ model: echo(), log });
    for (const stream of [false, true]) {
      const answer = await post(test, { model: "plain", input: "Hi", stream });
      expect([answer.status, answer.headers.get("x-agentkit-session")]).toEqual([503, null]);
    }
  });

  it("takes a failure that is not the log's for none", async () => {
    await using test = await startTestGateway({ model: echo() });
    expect((await post(test, { model: "nobody", input: "Hi" })).status).toBe(400);
    expect(await readiness(test)).toEqual([200, { status: "ready" }]);
    expect(await test.countEvents()).toBe(0);
  });
});
