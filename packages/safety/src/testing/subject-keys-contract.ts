import type { Contract, ContractCase, ContractHarness } from "@agentkit/core/testing";
import assert from "node:assert/strict";
import type { SubjectKeys } from "../vault/subject-keys.ts";

/**
 * What subject keys can do beyond the port. `durable`: a key is there after closing. `multiProcess`: several processes may use
 * them at once.
 */
export type SubjectKeysCapability = "durable" | "multiProcess";

/** Subject keys with the way in which this implementation destroys one. */
export interface DestructibleKeys extends SubjectKeys {
  destroy(subject: string): void | Promise<void>;
}

/** What {@link subjectKeysContract} needs of an adapter. */
export interface SubjectKeysHarness extends ContractHarness<SubjectKeysCapability> {
  /** Opens a store without keys. */
  open(): Promise<DestructibleKeys>;
  /** Closes it and opens it again. Needed where `durable` is declared. */
  reopen?(keys: DestructibleKeys): Promise<DestructibleKeys>;
  /** Opens it a second time, as another process would. Needed where `multiProcess` is declared. */
  openBeside?(keys: DestructibleKeys): Promise<DestructibleKeys>;
}

type KeysCase = ContractCase<SubjectKeysHarness, SubjectKeysCapability>;

const cases: readonly KeysCase[] = [
  {
    id: "obtain/one-each",
    title: "makes a key of 32 bytes for each subject, and gives the same one again",
    async run(harness) {
      const keys = await harness.open();
      const ada = await keys.obtain("ada");
      assert.equal(ada.byteLength, 32);
      assert.deepEqual(await keys.obtain("ada"), ada);
      assert.notDeepEqual(await keys.obtain("bob"), ada);
    },
  },
  {
    id: "obtain/race",
    title: "gives one key to many who ask at once",
    async run(harness) {
      const keys = await harness.open();
      const given = await Promise.all(Array.from({ length: 20 }, async () => keys.obtain("ada")));
      assert.equal(new Set(given.map((key) => Buffer.from(key).toString("hex"))).size, 1);
    },
  },
  {
    id: "find/makes-none",
    title: "finds a key that was made, and makes none",
    async run(harness) {
      const keys = await harness.open();
      assert.equal(await keys.find("ada"), undefined);
      assert.equal(await keys.find("ada"), undefined);
      const made = await keys.obtain("ada");
      assert.deepEqual(await keys.find("ada"), made);
    },
  },
  {
    id: "obtain/any-name",
    title: "keeps subjects with unusual names apart",
    async run(harness) {
      const keys = await harness.open();
      const names = ["", " ", "__proto__", "Ada", "ada", "ada%", "a'; DROP TABLE keys; --", "ädä", "😀"];
      const made = await Promise.all(names.map(async (name) => keys.obtain(name)));
      assert.equal(new Set(made.map((key) => Buffer.from(key).toString("hex"))).size, names.length);
    },
  },
  {
    id: "destroy/for-good",
    title: "has no key after it was destroyed, and makes another one for who comes back",
    async run(harness) {
      const keys = await harness.open();
      const destroyed = await keys.obtain("ada");
      const kept = await keys.obtain("bob");
      await keys.destroy("ada");
      await keys.destroy("ada");
      assert.equal(await keys.find("ada"), undefined);
      assert.notDeepEqual(await keys.obtain("ada"), destroyed);
      assert.deepEqual(await keys.find("bob"), kept);
    },
  },
  {
    id: "durable/reopen",
    title: "has its keys, and none that was destroyed, after it was closed and opened again",
    capability: "durable",
    async run(harness) {
      const keys = await harness.open();
      const kept = await keys.obtain("ada");
      await keys.obtain("bob");
      await keys.destroy("bob");
      const again = await harness.reopen?.(keys);
      assert.ok(again, "the harness declares durable and has no reopen");
      assert.deepEqual(await again.find("ada"), kept);
      assert.equal(await again.find("bob"), undefined);
    },
  },
  {
    id: "processes/share",
    title: "has one key of a subject for all processes, until one of them destroys it",
    capability: "multiProcess",
    async run(harness) {
      const keys = await harness.open();
      const beside = await harness.openBeside?.(keys);
      assert.ok(beside, "the harness declares multiProcess and has no openBeside");
      const [here, there] = await Promise.all([keys.obtain("ada"), beside.obtain("ada")]);
      assert.deepEqual(here, there);
      await beside.destroy("ada");
      assert.equal(await keys.find("ada"), undefined);
    },
  },
];

/**
 * Every guarantee of the {@link SubjectKeys} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { subjectKeysContract } from "@agentkit/safety/testing";
 *
 * for (const { id, title } of subjectKeysContract.cases) console.log(id, title);
 * ```
 */
export const subjectKeysContract: Contract<SubjectKeysHarness, SubjectKeysCapability> = {
  name: "SubjectKeys contract",
  cases,
};
