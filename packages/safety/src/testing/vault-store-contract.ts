import type { Contract, ContractCase, ContractHarness } from "@agentkit/core/testing";
import assert from "node:assert/strict";
import type { VaultEntry, VaultStore } from "../vault/vault-store.ts";

/**
 * What a vault store can do beyond the port. `durable`: what was put is there after closing. `multiProcess`: several processes
 * may use it at once.
 */
export type VaultStoreCapability = "durable" | "multiProcess";

/** What {@link vaultStoreContract} needs of an adapter. */
export interface VaultStoreHarness extends ContractHarness<VaultStoreCapability> {
  /** Opens a store without entries. */
  open(): Promise<VaultStore>;
  /** Closes it and opens it again. Needed where `durable` is declared. */
  reopen?(store: VaultStore): Promise<VaultStore>;
  /** Opens it a second time, as another process would. Needed where `multiProcess` is declared. */
  openBeside?(store: VaultStore): Promise<VaultStore>;
}

type VaultCase = ContractCase<VaultStoreHarness, VaultStoreCapability>;

const email: VaultEntry = {
  session: "a1",
  placeholder: "[[PII:EMAIL:0123456789ab]]",
  subject: "ada",
  category: "pii.email",
  sealed: "c2VhbGVk",
};
const phone: VaultEntry = {
  ...email,
  placeholder: "[[PII:PHONE:ba9876543210]]",
  category: "pii.phone",
  sealed: "cGhvbmU=",
};

const cases: readonly VaultCase[] = [
  {
    id: "put/keeps",
    title: "gives each entry back as it was put",
    async run(harness) {
      const store = await harness.open();
      await store.put([email, phone]);
      assert.deepEqual(await store.get("a1", email.placeholder), email);
      assert.deepEqual(await store.get("a1", phone.placeholder), phone);
    },
  },
  {
    id: "put/replaces",
    title: "puts an entry in the place of one that is there",
    async run(harness) {
      const store = await harness.open();
      await store.put([email]);
      await store.put([{ ...email, sealed: "YW5ldw==" }]);
      assert.equal((await store.get("a1", email.placeholder))?.sealed, "YW5ldw==");
    },
  },
  {
    id: "put/nothing",
    title: "puts no entries without complaint",
    async run(harness) {
      const store = await harness.open();
      await store.put([]);
      assert.equal(await store.get("a1", email.placeholder), undefined);
    },
  },
  {
    id: "get/own-session",
    title: "keeps the placeholders of sessions apart",
    async run(harness) {
      const store = await harness.open();
      const other = { ...email, session: "b2", sealed: "b3RoZXI=" };
      await store.put([email]);
      assert.equal(await store.get("b2", email.placeholder), undefined);
      await store.put([other]);
      assert.deepEqual(await store.get("a1", email.placeholder), email);
      assert.deepEqual(await store.get("b2", email.placeholder), other);
    },
  },
  {
    id: "delete-subject/all-sessions",
    title: "deletes what is kept of a subject in every session, and nothing of others",
    async run(harness) {
      const store = await harness.open();
      const others = { ...phone, subject: "bob" };
      await store.put([email, { ...email, session: "b2" }, others]);
      await store.deleteSubject("ada");
      await store.deleteSubject("nobody");
      assert.equal(await store.get("a1", email.placeholder), undefined);
      assert.equal(await store.get("b2", email.placeholder), undefined);
      assert.deepEqual(await store.get("a1", phone.placeholder), others);
    },
  },
  {
    id: "durable/reopen",
    title: "has what was put after it was closed and opened again",
    capability: "durable",
    async run(harness) {
      const store = await harness.open();
      await store.put([email, { ...phone, subject: "bob" }]);
      await store.deleteSubject("bob");
      const again = await harness.reopen?.(store);
      assert.ok(again, "the harness declares durable and has no reopen");
      assert.deepEqual(await again.get("a1", email.placeholder), email);
      assert.equal(await again.get("a1", phone.placeholder), undefined);
    },
  },
  {
    id: "processes/share",
    title: "shows each process what the others put and deleted",
    capability: "multiProcess",
    async run(harness) {
      const store = await harness.open();
      const beside = await harness.openBeside?.(store);
      assert.ok(beside, "the harness declares multiProcess and has no openBeside");
      await Promise.all([store.put([email]), beside.put([phone])]);
      assert.deepEqual(await beside.get("a1", email.placeholder), email);
      assert.deepEqual(await store.get("a1", phone.placeholder), phone);
      await store.deleteSubject("ada");
      assert.equal(await beside.get("a1", phone.placeholder), undefined);
    },
  },
];

/**
 * Every guarantee of the {@link VaultStore} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { vaultStoreContract } from "@agentkit/safety/testing";
 *
 * for (const { id, title } of vaultStoreContract.cases) console.log(id, title);
 * ```
 */
export const vaultStoreContract: Contract<VaultStoreHarness, VaultStoreCapability> = {
  name: "VaultStore contract",
  cases,
};
