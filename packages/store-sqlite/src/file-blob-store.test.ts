import type { BlobStore } from "@agentkit/core";
import { blobStoreContract, fixedClock, runContract } from "@agentkit/core/testing";
import { chmodSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createFileBlobStore } from "./file-blob-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("blobs");
const opened = new Map<BlobStore, string>();

function keep(store: BlobStore, directory: string): BlobStore {
  opened.set(store, directory);
  return store;
}

function files(directory: string): readonly string[] {
  return globSync("*/*", { cwd: directory }).map((name) => join(directory, name));
}

runContract(
  blobStoreContract,
  {
    capabilities: { durable: true },
    async open(clock) {
      const directory = newPath();
      return keep(createFileBlobStore({ directory, clock }), directory);
    },
    async reopen(store) {
      const directory = opened.get(store) ?? "";
      return keep(createFileBlobStore({ directory }), directory);
    },
    async damage(store) {
      for (const path of files(opened.get(store) ?? "")) writeFileSync(path, "damaged");
    },
    async cleanUp() {
      for (const store of opened.keys()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(removeAll);

describe("createFileBlobStore", () => {
  it("leaves nothing but the blobs behind, and passes over what is none", async () => {
    const directory = newPath();
    const clock = fixedClock();
    const store = createFileBlobStore({ directory, clock });
    const hash = await store.put(new Uint8Array(3));
    await Promise.all([store.put(new Uint8Array(3)), store.delete(hash, clock.now() - 1)]);
    expect(files(directory)).toHaveLength(1);
    const [path = ""] = files(directory);
    writeFileSync(`${path}.0000.part`, "half of a blob that was being written when the power went");
    writeFileSync(join(directory, "README"), "not a blob");
    const listed: string[] = [];
    for await (const blob of store.list()) listed.push(blob.hash);
    expect(listed).toEqual([hash]);
  });

  it("says that the directory cannot be written", async () => {
    const directory = newPath();
    writeFileSync(directory, "a file where the directory should be");
    const store = createFileBlobStore({ directory });
    await expect(store.put(new Uint8Array(3))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it.skipIf(process.getuid?.() === 0)("refuses a put into a directory of others", async () => {
    const directory = newPath();
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    const store = createFileBlobStore({ directory });
    await expect(store.put(new Uint8Array(3))).rejects.toMatchObject({ code: "store_read_only" });
  });
});
