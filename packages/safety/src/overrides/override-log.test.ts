import { AgentKitError, createInMemoryEventLog, type EventLog, type StoredEvent } from "@agentkit/core";
import { fixedClock, sequentialIds } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { plantRules, safetyOf, scope, userSays } from "../safety/safety.test.support.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { detectors } from "../safety/safety.test.support.ts";
import { createOverrideBook, overrideStream, readOverrides, recordOverride } from "./override-log.ts";

const definition = { id: "p", version: "1", rules: plantRules("user_input") };
const policy = defineSafetyPolicy(definition, { detectors });
const clock = fixedClock();
const hour = 3_600_000;
const wanted = {
  rule: "venoms",
  reason: "ticket 12",
  scope: "session:a1",
  expires: new Date(clock.now() + hour).toISOString(),
};
const options = { actor: "person:ada", policy, clock, ids: sequentialIds() };

describe("createOverrideBook", () => {
  it("lets a rule go once a person has granted it, and no longer when it has expired", async () => {
    const log = createInMemoryEventLog();
    let now = clock.now();
    const { safety } = safetyOf(definition, {
      overrides: createOverrideBook(log),
      clock: { ...clock, now: () => now },
    });
    const decide = async () => safety.guard.input([userSays("venom")], scope);
    expect((await decide()).verdict).toBe("block");
    const id = await recordOverride(log, wanted, options);
    const { verdict, decisions } = await decide();
    expect([verdict, decisions[0]?.override, decisions[0]?.rules[0]?.id]).toEqual(["allow", id, "venoms"]);
    expect((await safety.guard.input([userSays("venom")], { session: "b2" })).verdict).toBe("block");
    now += hour;
    expect((await decide()).verdict).toBe("block");
  });

  it("knows of none when the log cannot be read", async () => {
    const log = createInMemoryEventLog();
    await recordOverride(log, wanted, options);
    let isDown = false;
    const readStream: EventLog["readStream"] = (...args) => {
      if (isDown) throw new AgentKitError("log_unavailable", "The log is away.");
      return log.readStream(...args);
    };
    const book = createOverrideBook({ readStream });
    expect(await book.current()).toHaveLength(1);
    isDown = true;
    expect(await book.current()).toEqual([]);
  });

  it("reads on where it was, and tells each once to those who ask together", async () => {
    const log = createInMemoryEventLog();
    const from: (number | undefined)[] = [];
    const book = createOverrideBook({
      readStream: (stream, read) => {
        from.push(read?.from);
        return log.readStream(stream, read);
      },
    });
    await recordOverride(log, wanted, options);
    const asked = await Promise.all([book.current(), book.current()]);
    await recordOverride(log, { ...wanted, scope: "*" }, options);
    expect(asked.map(({ length }) => length)).toEqual([1, 1]);
    expect((await book.current()).map(({ scope: of }) => of)).toEqual(["session:a1", "*"]);
    expect(from).toEqual([0, 0, 1]);
  });
});

describe("recordOverride", () => {
  it("records who granted it, also when many grant at the same time", async () => {
    const log = createInMemoryEventLog();
    const ids = await Promise.all(Array.from({ length: 5 }, async () => recordOverride(log, wanted, options)));
    const stored: StoredEvent[] = [];
    for await (const event of log.readStream(overrideStream)) stored.push(event);
    expect(stored.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(stored[0]).toMatchObject({
      type: "OverrideGranted",
      data: wanted,
      meta: { actor: "person:ada", policyHash: policy.hash },
    });
  });

  it.each([
    ["rule", { rule: "tulips" }, {}],
    ["actor", {}, { actor: " " }],
  ])("refuses a bad %s", async (param, part, changed) => {
    const granted = recordOverride(createInMemoryEventLog(), { ...wanted, ...part }, { ...options, ...changed });
    await expect(granted).rejects.toMatchObject({ code: "input_invalid", param });
  });
});

describe("readOverrides", () => {
  it("counts the decisions in which each was used", async () => {
    const log = createInMemoryEventLog();
    const { safety } = safetyOf(definition, { overrides: createOverrideBook(log), clock });
    const id = await recordOverride(log, wanted, options);
    await recordOverride(log, { ...wanted, rule: "thorns" }, options);
    const { decisions } = await safety.guard.input([userSays("venom")], scope);
    for (const [revision, data] of [...decisions, ...decisions].entries()) {
      const event = {
        id: `00000000-0000-4000-8000-00000000000${revision}`,
        type: "ModerationDecided",
        version: 1,
        time: new Date(clock.now()).toISOString(),
        data,
        meta: {},
      };
      await log.append("session-a1", [event], { expected: revision === 0 ? "no_stream" : revision - 1 });
    }
    expect((await readOverrides(log)).map(({ id: of, rule, uses }) => [of === id, rule, uses])).toEqual([
      [true, "venoms", 2],
      [false, "thorns", 0],
    ]);
  });
});
