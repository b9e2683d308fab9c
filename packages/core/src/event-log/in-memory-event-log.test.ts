import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runContract } from "../testing/contract.ts";
import { eventLogContract } from "../testing/event-log-contract.ts";
import { testEvent } from "../testing/event-log-contract-case.ts";
import { checkAgainstModel, type EventLogOperation } from "../testing/event-log-model.ts";
import type { EventLog } from "./event-log.ts";
import { createInMemoryEventLog } from "./in-memory-event-log.ts";

const opened: EventLog[] = [];

runContract(
  eventLogContract,
  {
    capabilities: {
      durable: { reason: "it lives in the memory of one process" },
      multiProcess: { reason: "it lives in the memory of one process" },
      uniqueIds: true,
      erasesAtOnce: true,
    },
    async open() {
      const log = createInMemoryEventLog();
      opened.push(log);
      return log;
    },
    async cleanUp() {
      await Promise.all(opened.splice(0).map(async (log) => log.close()));
    },
  },
  { describe, it },
);

describe("createInMemoryEventLog", () => {
  it("answers any history of operations as a plain list would", async () => {
    const histories = fc.asyncProperty(fc.array(operation(), { maxLength: 30 }), async (operations) => {
      await checkAgainstModel(createInMemoryEventLog(), operations);
    });
    await expect(fc.assert(histories, { numRuns: 200, seed: 1 })).resolves.toBeUndefined();
  });

  it("rejects a position beyond its end, as one of another log", async () => {
    const log = createInMemoryEventLog();
    await log.append("a", [testEvent(1)], { expected: "no_stream" });
    await expect(log.readAll({ after: "2" })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "position_invalid",
    });
  });
});

function operation(): fc.Arbitrary<EventLogOperation> {
  const stream = fc.constantFrom("a", "session-a", "session-b");
  const direction = fc.constantFrom("forwards" as const, "backwards" as const);
  const limit = fc.nat(6);
  return fc.oneof(
    fc.record({
      kind: fc.constant("append" as const),
      stream,
      expectedHead: fc.integer({ min: -1, max: 5 }),
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant("repeat" as const), append: fc.nat(10) }),
    fc.record({
      kind: fc.constant("readStream" as const),
      stream,
      options: fc.record({ from: fc.nat(6), direction, limit }, { requiredKeys: [] }),
    }),
    fc.record({
      kind: fc.constant("readAll" as const),
      after: fc.integer({ min: -1, max: 10 }),
      options: fc.record(
        {
          direction,
          limit,
          filter: fc.record(
            {
              types: fc.subarray(["EvenHappened", "OddHappened"]),
              streamPrefix: fc.constantFrom("", "session-", "session-b", "x"),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    }),
  );
}
