import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createSqliteSubjectKeys } from "./sqlite-subject-keys.ts";
import { createSqliteVaultStore } from "./sqlite-vault-store.ts";
import { vaultFiles } from "./vault-files.test.support.ts";

const { directory, newPath, remove } = vaultFiles();
const stores = [
  { name: "createSqliteVaultStore", open: createSqliteVaultStore },
  { name: "createSqliteSubjectKeys", open: createSqliteSubjectKeys },
];

afterAll(remove);

async function useAndBeKilled(name: string): Promise<{ readonly output: string; readonly signal: string | null }> {
  const program = fileURLToPath(new URL("use-vault.test.support.ts", import.meta.url));
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, [program, directory, name], { stdio: [...stdio], timeout: 15_000 });
  const closed = once(child, "close");
  const output = await text(child.stdout);
  await closed;
  return { output, signal: child.signalCode };
}

describe("a vault that several processes use", () => {
  it("has one key a subject and every entry, also when each of them is killed", async () => {
    const names = ["first", "second", "third"];
    const children = await Promise.all(names.map(useAndBeKilled));
    const keys = createSqliteSubjectKeys({ path: join(directory, "keys.sqlite") });
    const store = createSqliteVaultStore({ path: join(directory, "vault.sqlite") });
    onTestFinished(async () => {
      await keys.close();
      await store.close();
    });
    const found = Buffer.from((await keys.find("subject-49")) ?? []).toString("hex");
    for (const { output, signal } of children) {
      expect(signal).toBe("SIGKILL");
      expect(output).toBe(children[0]?.output);
      expect(output.trimEnd().split("\n")).toHaveLength(50);
      expect(output.trimEnd().endsWith(found)).toBe(true);
    }
    for (const name of names) expect(await store.get(name, "[[49]]")).toMatchObject({ subject: "subject-49" });
  });
});

describe.each(stores)("$name", ({ open }) => {
  it("makes files that their owner alone can read, and narrows one that others could", async () => {
    const path = newPath();
    const first = open({ path });
    expect(modesBeside(path)).toEqual(["600", "600", "600"]);
    await first.close();
    chmodSync(path, 0o644);
    const second = open({ path });
    onTestFinished(async () => second.close());
    expect(modesBeside(path)).toEqual(["600", "600", "600"]);
  });

  it.each([
    ["random bytes", Buffer.alloc(9_000, 0xa7)],
    ["a file whose header is all that is left", Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(84, 1)])],
  ])("refuses %s, says what to do, and leaves the file", (_title, bytes) => {
    const path = newPath();
    mkdirSync(dirname(path));
    writeFileSync(path, bytes);
    const act = (): unknown => open({ path });
    expect(act).toThrow(expect.objectContaining({ code: "store_corrupt" }));
    expect(act).toThrow("from a backup");
    expect(statSync(path).size).toBe(bytes.length);
  });

  it("refuses the other one's file", async () => {
    const path = newPath();
    const [vault, keys] = stores;
    const other = (open === vault?.open ? keys : vault)?.open({ path });
    await other?.close();
    expect(() => open({ path })).toThrow(expect.objectContaining({ code: "store_format_unsupported" }));
  });
});

/** Of the file, its write-ahead log and the index of that. */
function modesBeside(path: string): readonly string[] {
  const folder = dirname(path);
  return readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
}
