import type { EventLog } from "@agentkit/core";
import { checkAgainstModel, eventLogContract, runContract, toEventLogOperation } from "@agentkit/core/testing";
import { type Fault, startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import * as fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createEventStoreDBEventLog } from "./eventstoredb-event-log.ts";

// Every call is a call over a socket to a server in this very process: some cases make thousands.
vi.setConfig({ testTimeout: 60_000 });

/** A real server when one is named, and then the prefix of streams keeps the cases apart. */
const real = process.env["EVENTSTOREDB_URL"];
const opened = new Map<EventLog, string>();
const double = await startEventStoreDBDouble();
const connectionString = real ?? double.connectionString;

function open(streamPrefix: string): EventLog {
  const log = createEventStoreDBEventLog({ connectionString, streamPrefix });
  opened.set(log, streamPrefix);
  return log;
}

function newPrefix(): string {
  return `t${crypto.randomUUID()}-`;
}

async function closeAll(): Promise<void> {
  await Promise.all(Array.from(opened.keys(), async (log) => log.close()));
  opened.clear();
}

afterAll(async () => double.close());

runContract(
  eventLogContract,
  {
    capabilities: {
      durable: true,
      multiProcess: true,
      uniqueIds: { reason: "EventStoreDB has no index of event ids" },
      erasesAtOnce: { reason: "EventStoreDB keeps the events of deleted streams in $all until it is scavenged" },
    },
    open: async () => open(newPrefix()),
    reopen: async (log) => open(opened.get(log) ?? ""),
    openBeside: async (log) => open(opened.get(log) ?? ""),
    cleanUp: closeAll,
  },
  { describe, it },
);

/** So that a failure is told before the test's own time is over. */
const bounds = { interruptAfterTimeLimit: 40_000 };
const operation = fc.array(fc.nat(), { maxLength: 12 }).map(toEventLogOperation);

describe("createEventStoreDBEventLog", () => {
  it("answers any history of operations as a plain list would", { timeout: 60_000 }, async () => {
    const histories = fc.asyncProperty(fc.array(operation, { maxLength: 60, size: "max" }), async (operations) => {
      const prefix = newPrefix();
      try {
        await checkAgainstModel(open(prefix), operations, { beside: open(prefix) });
      } finally {
        await closeAll();
      }
    });
    await expect(fc.assert(histories, { ...bounds, numRuns: 30, seed: 1 })).resolves.toBeUndefined();
  });

  it("answers the same while its connection breaks, stalls and repeats itself", { timeout: 60_000 }, async () => {
    const flaky = await startEventStoreDBDouble();
    const operations = fc.array(operation, { maxLength: 40, size: "max" });
    const histories = fc.asyncProperty(operations, fc.array(fault(), { maxLength: 12 }), async (history, faults) => {
      const options = { connectionString: flaky.connectionString, streamPrefix: newPrefix() };
      const log = createEventStoreDBEventLog({ ...options, answerTimeoutMs: 100 });
      for (const next of faults) flaky.inject(next);
      try {
        await checkAgainstModel(log, history);
      } finally {
        flaky.clearFaults();
        await log.close();
      }
    });
    await expect(fc.assert(histories, { ...bounds, numRuns: 20, seed: 2 })).resolves.toBeUndefined();
    await flaky.close();
  });
});

/** What a client may meet and has to get over. */
function fault(): fc.Arbitrary<Fault> {
  const at = fc.constantFrom("append" as const, "delete" as const, "read" as const, "subscribe" as const);
  const writing = fc.constantFrom("append" as const, "delete" as const);
  const reading = fc.constantFrom("read" as const, "subscribe" as const);
  const how = fc.constantFrom("drop" as const, "hang" as const, "refuse" as const, "repeat" as const);
  return fc.oneof(
    fc.record({ at, how }),
    fc.record({ at: writing, how: fc.constant("dropAfterCommit" as const) }),
    fc.record({ at: reading, how: fc.constant("dropAfter" as const), events: fc.nat(3) }),
    fc.record({ at, how: fc.constant("delay" as const), ms: fc.nat(3) }),
  );
}
