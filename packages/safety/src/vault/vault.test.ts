import { expect, describe, it } from "vitest";
import { createInMemorySubjectKeys } from "./subject-keys.ts";
import { createVault } from "./vault.ts";
import { createInMemoryVaultStore, type VaultEntry } from "./vault-store.ts";

const place = { session: "a1", placeholder: "[[PII:EMAIL:0123456789ab]]", subject: "ada", category: "pii.email" };
const value = "ada@mail.example";

function setUp() {
  const inMemory = createInMemoryVaultStore();
  const put: VaultEntry[] = [];
  const store: typeof inMemory = {
    ...inMemory,
    put: async (entries) => {
      put.push(...entries);
      await inMemory.put(entries);
    },
  };
  const keys = createInMemorySubjectKeys();
  return { vault: createVault({ store, keys }), store, keys, put };
}

describe("createVault", () => {
  it("opens a value before and after it is sealed, and keeps none in clear", async () => {
    const { vault, put } = setUp();
    vault.keep({ ...place, value });
    expect((await vault.open("a1", place.placeholder))?.value).toBe(value);
    await vault.flush();
    expect(vault.isPending).toBe(false);
    expect(await vault.open("a1", place.placeholder)).toEqual({ value, category: "pii.email" });
    expect(put).toHaveLength(1);
    const bytes = Buffer.from(put[0]?.sealed ?? "", "base64");
    expect(bytes.includes(value) || bytes.includes(Buffer.from(value, "utf16le"))).toBe(false);
  });

  it("keeps any string, a lone surrogate too", async () => {
    const { vault } = setUp();
    vault.keep({ ...place, value: "a\ud800b" });
    await vault.flush();
    expect((await vault.open("a1", place.placeholder))?.value).toBe("a\ud800b");
  });

  it.each([
    ["another session", { session: "b2" }],
    ["another subject", { subject: "bob" }],
    ["another category", { category: "pii.card" }],
  ])("opens no entry that was put in the place of one of %s", async (_name, part) => {
    const { vault, store, keys, put } = setUp();
    await keys.obtain("bob");
    vault.keep({ ...place, value });
    await vault.flush();
    const moved = { ...place, sealed: put[0]?.sealed ?? "", ...part };
    await store.put([moved]);
    expect(await vault.open(moved.session, moved.placeholder)).toBeUndefined();
  });

  it.each([
    ["changed", (sealed: string) => `${sealed.startsWith("A") ? "B" : "A"}${sealed.slice(1)}`],
    ["cut off", (sealed: string) => sealed.slice(0, 20)],
    ["emptied", () => ""],
  ])("opens no entry whose bytes were %s", async (_name, damage) => {
    const { vault, store, put } = setUp();
    vault.keep({ ...place, value });
    await vault.flush();
    await store.put([{ ...place, sealed: damage(put[0]?.sealed ?? "") }]);
    expect(await vault.open("a1", place.placeholder)).toBeUndefined();
  });

  it("opens nothing of a subject whose key was destroyed, also after a new one was made", async () => {
    const { vault, keys } = setUp();
    vault.keep({ ...place, value });
    await vault.flush();
    keys.destroy("ada");
    expect(await vault.open("a1", place.placeholder)).toBeUndefined();
    await keys.obtain("ada");
    expect(await vault.open("a1", place.placeholder)).toBeUndefined();
  });

  it("forgets a subject, and nobody else", async () => {
    const { vault } = setUp();
    const other = { ...place, subject: "bob", placeholder: "[[PII:EMAIL:ab0123456789]]" };
    vault.keep({ ...place, value });
    vault.keep({ ...other, value });
    await vault.flush();
    vault.keep({ ...place, placeholder: "[[PII:EMAIL:ffffffffffff]]", value });
    await vault.forget("ada");
    expect(vault.isPending).toBe(false);
    expect(await vault.open("a1", place.placeholder)).toBeUndefined();
    expect((await vault.open("a1", other.placeholder))?.value).toBe(value);
  });

  it("asks for a subject's key once for many values, when it keeps and when it opens them", async () => {
    const inMemory = createInMemorySubjectKeys();
    const asked: string[] = [];
    const keys = {
      obtain: (subject: string) => inMemory.obtain(asked[asked.push(subject) - 1] ?? subject),
      find: (subject: string) => inMemory.find(asked[asked.push(subject) - 1] ?? subject),
    };
    const vault = createVault({ store: createInMemoryVaultStore(), keys });
    const placeholders = Array.from({ length: 100 }, (_, index) => `[[PII:EMAIL:${index}]]`);
    for (const placeholder of placeholders) vault.keep({ ...place, placeholder, value: `${placeholder} of ada` });
    await vault.flush();
    expect(asked).toEqual(["ada"]);
    const opened = await vault.openAll("a1", [...placeholders, ...placeholders, "[[PII:EMAIL:none]]"]);
    expect([...opened].map(([placeholder, { value: own }]) => [placeholder, own])).toEqual(
      placeholders.map((placeholder) => [placeholder, `${placeholder} of ada`]),
    );
    expect(asked).toEqual(["ada", "ada"]);
  });

  it("keeps and opens more values than one batch has, no two under one nonce", async () => {
    const { vault, put } = setUp();
    const placeholders = Array.from({ length: 8_100 }, (_, index) => `[[PII:EMAIL:${index}]]`);
    for (const placeholder of placeholders) vault.keep({ ...place, placeholder, value: placeholder });
    await vault.flush();
    expect(vault.isPending).toBe(false);
    expect(put).toHaveLength(placeholders.length);
    const nonces = put.map(({ sealed }) => Buffer.from(sealed, "base64").subarray(0, 12).toString("hex"));
    expect(new Set(nonces).size).toBe(placeholders.length);
    expect([...(await vault.openAll("a1", placeholders)).keys()]).toEqual(placeholders);
  });
});
