import type { BlobStore } from "@agentkit/core";
import { blobStoreContract, runContract } from "@agentkit/core/testing";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, it } from "vitest";
import { createSqliteBlobStore } from "./sqlite-blob-store.ts";
import { temporaryPaths } from "./temporary-paths.test.support.ts";

const { newPath, removeAll } = temporaryPaths("blobs");
const opened = new Map<BlobStore, string>();

function keep(store: BlobStore, path: string): BlobStore {
  opened.set(store, path);
  return store;
}

runContract(
  blobStoreContract,
  {
    capabilities: { durable: true },
    async open(clock) {
      const path = newPath();
      return keep(createSqliteBlobStore({ path, clock }), path);
    },
    async reopen(store) {
      const path = opened.get(store) ?? "";
      return keep(createSqliteBlobStore({ path }), path);
    },
    async damage(store) {
      const database = new DatabaseSync(opened.get(store) ?? "");
      database.exec("UPDATE blobs SET bytes = x'00'");
      database.close();
    },
    async cleanUp() {
      for (const store of opened.keys()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(removeAll);
