import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runContract } from "../testing/contract.ts";
import { eventLogContract } from "../testing/event-log-contract.ts";
import { testEvent } from "../testing/event-log-contract-case.ts";
import { toEventLogOperation } from "../testing/event-log-history.ts";
import { checkAgainstModel } from "../testing/event-log-model.ts";
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
    const operation = fc.array(fc.nat(), { maxLength: 12 }).map(toEventLogOperation);
    const histories = fc.asyncProperty(fc.array(operation, { maxLength: 60, size: "max" }), async (operations) => {
      await checkAgainstModel(createInMemoryEventLog(), operations);
    });
    await expect(fc.assert(histories, { numRuns: 300, seed: 1 })).resolves.toBeUndefined();
  });

  it("rejects a position beyond its end, as one of another log", async () => {
    const log = createInMemoryEventLog();
    await log.append("a", [testEvent(1)], { expected: "no_stream" });
    await expect(log.readAll({ after: "2" })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "position_invalid",
    });
  });
});
