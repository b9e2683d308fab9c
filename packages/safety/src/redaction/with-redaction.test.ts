import { createInMemoryEventLog, type EventLog, type NewEvent, parseJson } from "@agentkit/core";
import { eventLogContract, runContract } from "@agentkit/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInMemorySubjectKeys } from "../vault/subject-keys.ts";
import { createVault, type Vault } from "../vault/vault.ts";
import { createInMemoryVaultStore, type VaultStore } from "../vault/vault-store.ts";
import { redactingPolicy, testKey } from "./redaction.test.support.ts";
import { createRedactor } from "./redactor.ts";
import { withRedaction } from "./with-redaction.ts";

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
      const log = withRedaction(createInMemoryEventLog(), createRedactor({ policy: redactingPolicy(), key: testKey }));
      opened.push(log);
      return log;
    },
    async cleanUp() {
      await Promise.all(opened.splice(0).map(async (log) => log.close()));
    },
  },
  { describe, it },
);

const mail = "ada@mail.example";
const token = "tok_abcdefghijkl";

function eventOf(number: number, data: NewEvent["data"]): NewEvent {
  const id = `3f0c5b6e-6f0a-4d7e-9a53-${String(number).padStart(12, "0")}`;
  return { id, type: "NoteTaken", version: 1, time: "2026-11-22T13:08:05.123Z", data, meta: { session: "a1" } };
}

function setUp(store: VaultStore = createInMemoryVaultStore()): { log: EventLog; stored: EventLog; vault: Vault } {
  const stored = createInMemoryEventLog();
  const vault = createVault({ store, keys: createInMemorySubjectKeys() });
  const policy = redactingPolicy({ categories: ["pii.*"], answer: true });
  return { log: withRedaction(stored, createRedactor({ policy, key: testKey, vault })), stored, vault };
}

async function textOf(log: EventLog): Promise<string> {
  const events: unknown[] = [];
  for await (const event of log.readAll()) events.push(event);
  return JSON.stringify(events);
}

describe("withRedaction", () => {
  it("lets nothing reach the log, wherever in an event it stands", async () => {
    const planted = fc.constantFrom(mail, token, 4111111111111111, `"${token}`, encodeURIComponent(`/${token}/`));
    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        planted,
        fc.tuple(fc.string(), planted, fc.string()).map((parts) => parts.join(" ")),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(mail, token)), tie("value"), { maxKeys: 3 }),
        tie("value").map((value) => JSON.stringify(value)),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const { log, stored } = setUp();
        const data = parseJson(JSON.stringify({ value }));
        await log.append("session-a1", [eventOf(1, { data })], { expected: "no_stream" });
        const text = await textOf(stored);
        for (const leaked of [mail, token, "4111111111111111"]) expect(text).not.toContain(leaked);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("gives the same append again for the same events", async () => {
    const { log } = setUp();
    const events = [eventOf(1, { text: mail })];
    await log.append("session-a1", events, { expected: "no_stream" });
    expect((await log.append("session-a1", events, { expected: "no_stream" })).duplicate).toBe(true);
  });

  it("keeps a value before the event that names its placeholder is appended, and the order of the calls", async () => {
    const order: string[] = [];
    const inMemory = createInMemoryVaultStore();
    const { promise: opening, resolve: open } = Promise.withResolvers<undefined>();
    const { log, stored } = setUp({
      ...inMemory,
      put: async (entries) => {
        await opening;
        order.push("kept");
        await inMemory.put(entries);
      },
    });
    const first = log.append("session-a1", [eventOf(1, { text: mail })], { expected: "no_stream" });
    const second = log.append("session-a1", [eventOf(2, { text: "nothing" })], { expected: 0 });
    expect(await stored.head("session-a1")).toBeUndefined();
    open(undefined);
    await Promise.all([first, second]);
    expect([order, await stored.head("session-a1")]).toEqual([["kept"], 1]);
  });

  it("appends nothing when the vault cannot keep the value, and tries again", async () => {
    const inMemory = createInMemoryVaultStore();
    let down = true;
    const { log, stored, vault } = setUp({
      ...inMemory,
      put: async (entries) => {
        if (down) throw new Error("down");
        await inMemory.put(entries);
      },
    });
    await expect(log.append("session-a1", [eventOf(1, { text: mail })], { expected: "no_stream" })).rejects.toThrow(
      "down",
    );
    expect(await stored.head("session-a1")).toBeUndefined();
    down = false;
    await log.append("session-a1", [eventOf(1, { text: mail })], { expected: "no_stream" });
    expect(vault.isPending).toBe(false);
  });
});
