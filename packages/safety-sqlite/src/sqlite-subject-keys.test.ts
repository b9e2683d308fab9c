import { runContract } from "@agentkit/core/testing";
import type { SubjectKeys } from "@agentkit/safety";
import { subjectKeysContract } from "@agentkit/safety/testing";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createSqliteSubjectKeys, type SqliteSubjectKeys } from "./sqlite-subject-keys.ts";
import { vaultFiles } from "./vault-files.test.support.ts";

const { newPath, bytesAt, remove } = vaultFiles();
const opened = new Map<SubjectKeys, { readonly keys: SqliteSubjectKeys; readonly path: string }>();

function open(path: string): SqliteSubjectKeys {
  const keys = createSqliteSubjectKeys({ path });
  opened.set(keys, { keys, path });
  return keys;
}

runContract(
  subjectKeysContract,
  {
    capabilities: { durable: true, multiProcess: true },
    open: async () => open(newPath()),
    openBeside: async (keys) => open(opened.get(keys)?.path ?? ""),
    async reopen(keys) {
      const { path = "" } = opened.get(keys) ?? {};
      await opened.get(keys)?.keys.close();
      return open(path);
    },
    async cleanUp() {
      for (const { keys } of opened.values()) await keys.close();
      opened.clear();
    },
  },
  { describe, it },
);

afterAll(remove);

function openForTest(path: string): SqliteSubjectKeys {
  const keys = createSqliteSubjectKeys({ path });
  onTestFinished(async () => keys.close());
  return keys;
}

describe("createSqliteSubjectKeys", () => {
  it("leaves no byte of a destroyed key and of its subject's name, neither in the file nor beside it", async () => {
    const path = newPath();
    const keys = openForTest(path);
    const subjects = Array.from({ length: 600 }, (_value, index) => `person-${(index * 7919) % 600}@office`);
    const made = new Map<string, Uint8Array>();
    for (const subject of subjects) made.set(subject, await keys.obtain(subject));
    const destroyed = subjects.filter((_subject, index) => index % 40 === 0);
    const traces = (): readonly string[] => {
      const bytes = bytesAt(path);
      return destroyed.filter(
        (subject) => bytes.includes(subject) || bytes.includes(Buffer.from(made.get(subject) ?? [])),
      );
    };
    expect(traces()).toEqual(destroyed);
    for (const subject of destroyed) await keys.destroy(subject);
    expect(traces()).toEqual([]);
    expect(await keys.find("person-1@office")).toEqual(made.get("person-1@office"));
  });

  it("has a destroyed key's bytes gone only when the last reader of them has finished", async () => {
    const path = newPath();
    const keys = openForTest(path);
    const key = Buffer.from(await keys.obtain("ada"));
    const reader = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => reader.close());
    reader.exec("BEGIN; SELECT count(*) FROM keys");
    let state = "waiting";
    const destroy = async (): Promise<void> => {
      await keys.destroy("ada");
      state = "destroyed";
    };
    const destroying = destroy();
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(state).toBe("waiting");
    expect(await keys.find("ada")).toBeUndefined();
    expect(bytesAt(path).includes(key)).toBe(true);
    reader.exec("COMMIT");
    await destroying;
    expect(bytesAt(path).includes(key)).toBe(false);
  });

  it("takes a key that was changed on the disk for damage, not for an erasure", async () => {
    const path = newPath();
    const keys = openForTest(path);
    await keys.obtain("ada");
    const database = new DatabaseSync(path);
    database.exec("UPDATE keys SET key = zeroblob(32)");
    database.close();
    await expect(keys.find("ada")).rejects.toMatchObject({ code: "store_corrupt" });
    await expect(keys.obtain("ada")).rejects.toMatchObject({ code: "store_corrupt" });
  });
});
