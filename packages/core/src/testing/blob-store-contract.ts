import assert from "node:assert/strict";
import type { BlobStore, BlobStoreCapabilities } from "../blobs/blob-store.ts";
import { contentHash } from "../json/content-hash.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Contract, ContractCase, ContractHarness } from "./contract.ts";
import { assertRejects, collect } from "./event-log-contract-case.ts";
import { fixedClock } from "./fixed-clock.ts";

/** What {@link blobStoreContract} needs of an adapter. */
export interface BlobStoreHarness extends ContractHarness<keyof BlobStoreCapabilities> {
  /** Opens a store that is empty and takes the time from this clock. */
  open(clock: Clock): Promise<BlobStore>;
  /** Opens what `store` holds once more. Needed where `durable` is declared. */
  reopen?(store: BlobStore): Promise<BlobStore>;
  /** Changes the bytes of the one blob that there is, behind the store's back. Needed where `durable` is declared. */
  damage?(store: BlobStore): Promise<void>;
}

type BlobStoreCase = ContractCase<BlobStoreHarness, keyof BlobStoreCapabilities>;

const abc = new TextEncoder().encode("abc");
const hashOfAbc = contentHash("abc");

const cases: readonly BlobStoreCase[] = [
  {
    id: "blobs/capabilities",
    title: "declares the capabilities its harness declares",
    async run(harness) {
      assert.deepEqual((await harness.open(fixedClock())).capabilities, harness.capabilities);
    },
  },
  {
    id: "blobs/put-get",
    title: "returns the bytes under their hash",
    async run(harness) {
      const store = await harness.open(fixedClock());
      assert.equal(await store.put(abc), hashOfAbc);
      assert.deepEqual(toArray(await store.get(hashOfAbc)), [...abc]);
      assert.equal(await store.has(hashOfAbc), true);
    },
  },
  {
    id: "blobs/any-bytes",
    title: "keeps any bytes: none, every value, 3 MiB",
    async run(harness) {
      const store = await harness.open(fixedClock());
      const large = new TextEncoder().encode("A blob of 3 MiB. ".repeat(185_043));
      for (const bytes of [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, value) => value), large]) {
        const got = await store.get(await store.put(bytes));
        assert.ok(got !== undefined && Buffer.from(got).equals(bytes));
      }
    },
  },
  {
    id: "blobs/missing",
    title: "has nothing for a hash that was never put, and refuses one that is none",
    async run(harness) {
      const store = await harness.open(fixedClock());
      assert.equal(await store.get(hashOfAbc), undefined);
      assert.equal(await store.has(hashOfAbc), false);
      assert.equal(await store.delete(hashOfAbc, Number.MAX_SAFE_INTEGER), false);
      assert.deepEqual(await collect(store.list()), []);
      await assertRejects(store.get("sha256:../../../etc/passwd"), "input_invalid");
    },
  },
  {
    id: "blobs/copies",
    title: "is not changed by those who change what they gave or got",
    async run(harness) {
      const store = await harness.open(fixedClock());
      const given = abc.slice();
      await store.put(given);
      given.fill(0);
      (await store.get(hashOfAbc))?.fill(0);
      assert.deepEqual(toArray(await store.get(hashOfAbc)), [...abc]);
    },
  },
  {
    id: "blobs/list",
    title: "lists every blob with its size and the time it was put last",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      await store.put(abc);
      clock.advance(5_000);
      const other = await store.put(new Uint8Array(10));
      assert.deepEqual(
        await listed(store),
        sorted(`${hashOfAbc} 3 ${clock.now() - 5_000}`, `${other} 10 ${clock.now()}`),
      );
      await store.put(abc);
      assert.deepEqual(await listed(store), sorted(`${hashOfAbc} 3 ${clock.now()}`, `${other} 10 ${clock.now()}`));
    },
  },
  {
    id: "blobs/delete",
    title: "deletes a blob unless it was put again since",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      await store.put(abc);
      const first = clock.now();
      clock.advance(5_000);
      await store.put(abc);
      assert.equal(await store.delete(hashOfAbc, first), false);
      assert.equal(await store.has(hashOfAbc), true);
      assert.equal(await store.delete(hashOfAbc, clock.now()), true);
      assert.equal(await store.get(hashOfAbc), undefined);
      assert.deepEqual(await listed(store), []);
    },
  },
  {
    id: "blobs/concurrent",
    title: "takes the same bytes many times at once, and never loses one that is put while it is collected",
    async run(harness) {
      const clock = fixedClock();
      const store = await harness.open(clock);
      await Promise.all(Array.from({ length: 20 }, async () => store.put(abc)));
      assert.equal((await listed(store)).length, 1);
      for (let round = 0; round < 20; round += 1) {
        const before = clock.now();
        clock.advance(1_000);
        await Promise.all([store.put(abc), store.delete(hashOfAbc, before)]);
        assert.deepEqual(toArray(await store.get(hashOfAbc)), [...abc]);
      }
    },
  },
  {
    id: "blobs/reopen",
    title: "holds after reopening what was put before",
    capability: "durable",
    async run(harness) {
      const store = await harness.open(fixedClock());
      await store.put(abc);
      const before = await listed(store);
      await store.close();
      assert.ok(harness.reopen !== undefined, "the harness declares 'durable' and has no reopen");
      const reopened = await harness.reopen(store);
      assert.deepEqual(await listed(reopened), before);
      assert.deepEqual(toArray(await reopened.get(hashOfAbc)), [...abc]);
    },
  },
  {
    id: "blobs/damaged",
    title: "throws blob_corrupt for bytes that do not have their hash, until they are put again",
    capability: "durable",
    async run(harness) {
      const store = await harness.open(fixedClock());
      await store.put(abc);
      assert.ok(harness.damage !== undefined, "the harness declares 'durable' and has no damage");
      await harness.damage(store);
      await assertRejects(store.get(hashOfAbc), "blob_corrupt");
      await store.put(abc);
      assert.deepEqual(toArray(await store.get(hashOfAbc)), [...abc]);
    },
  },
  {
    id: "blobs/closed",
    title: "throws store_closed from every call after close, which may be repeated",
    async run(harness) {
      const store = await harness.open(fixedClock());
      await store.close();
      await store.close();
      await assertRejects(store.put(abc), "store_closed");
      await assertRejects(store.get(hashOfAbc), "store_closed");
      await assertRejects(store.has(hashOfAbc), "store_closed");
      await assertRejects(store.delete(hashOfAbc, 0), "store_closed");
      await assertRejects(collect(store.list()), "store_closed");
    },
  },
];

/**
 * Every guarantee of the {@link BlobStore} port, one case each. Every implementation runs it with `runContract`.
 *
 * @example
 * ```ts
 * import { blobStoreContract } from "@agentkit/core/testing";
 *
 * for (const { id, title } of blobStoreContract.cases) console.log(id, title);
 * ```
 */
export const blobStoreContract: Contract<BlobStoreHarness, keyof BlobStoreCapabilities> = {
  name: "BlobStore contract",
  cases,
};

async function listed(store: BlobStore): Promise<readonly string[]> {
  const blobs = await collect(store.list());
  return sorted(...blobs.map(({ hash, size, written }) => `${hash} ${size} ${written}`));
}

function sorted(...lines: readonly string[]): readonly string[] {
  return lines.toSorted((left, right) => (left < right ? -1 : 1));
}

function toArray(bytes: Uint8Array | undefined): readonly number[] | undefined {
  return bytes && [...bytes];
}
