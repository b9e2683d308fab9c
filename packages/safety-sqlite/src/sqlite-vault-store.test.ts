import { runContract } from "@agentkit/core/testing";
import { createVault, type VaultStore } from "@agentkit/safety";
import { vaultStoreContract } from "@agentkit/safety/testing";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createSqliteSubjectKeys } from "./sqlite-subject-keys.ts";
import { createSqliteVaultStore, type SqliteVaultStore } from "./sqlite-vault-store.ts";
import { vaultFiles } from "./vault-files.test.support.ts";

const { newPath, bytesAt, remove } = vaultFiles();
const opened = new Map<VaultStore, { readonly store: SqliteVaultStore; readonly path: string }>();

function open(path: string): SqliteVaultStore {
  const store = createSqliteVaultStore({ path });
  opened.set(store, { store, path });
  return store;
}

runContract(
  vaultStoreContract,
  {
    capabilities: { durable: true, multiProcess: true },
    open: async () => open(newPath()),
    openBeside: async (store) => open(opened.get(store)?.path ?? ""),
    async reopen(store) {
      const { path = "" } = opened.get(store) ?? {};
      await opened.get(store)?.store.close();
      return open(path);
    },
    async cleanUp() {
      for (const { store } of opened.values()) await store.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(remove);

describe("createSqliteVaultStore", () => {
  it("keeps what a vault seals, and no byte of it in clear", async () => {
    const path = newPath();
    const store = createSqliteVaultStore({ path });
    const keys = createSqliteSubjectKeys({ path: newPath() });
    onTestFinished(async () => {
      await store.close();
      await keys.close();
    });
    const vault = createVault({ store, keys });
    const value = "ada.lovelace@mail.example";
    const place = { session: "a1", placeholder: "[[PII:EMAIL:0123456789ab]]", subject: "ada", category: "pii.email" };
    vault.keep({ ...place, value });
    await vault.flush();
    expect(await createVault({ store, keys }).open("a1", place.placeholder)).toEqual({ value, category: "pii.email" });
    const bytes = bytesAt(path);
    expect(bytes.includes(place.placeholder)).toBe(true);
    for (const encoding of ["utf8", "utf16le"] as const) expect(bytes.includes(value, 0, encoding)).toBe(false);
    expect(bytes.includes(Buffer.from(value).toString("base64"))).toBe(false);
  });

  it("says that it is closed", async () => {
    const store = createSqliteVaultStore({ path: newPath() });
    await store.close();
    await store.close();
    await expect(store.get("a1", "[[x]]")).rejects.toMatchObject({ code: "store_closed" });
  });
});
