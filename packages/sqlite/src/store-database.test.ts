import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { readText } from "./read-columns.ts";
import { StoreDatabase, type StoreFormat } from "./store-database.ts";

const directory = mkdtempSync(join(tmpdir(), "agentkit-sqlite-"));
let count = 0;

function newPath(): string {
  count += 1;
  return join(directory, String(count), "notes.sqlite");
}

afterAll(() => rmSync(directory, { recursive: true }));

const format: StoreFormat = {
  kind: "note store",
  applicationId: 0x4e4f5445,
  version: 2,
  schema: "CREATE TABLE notes (text TEXT NOT NULL, done INTEGER) STRICT",
  upgrades: new Map([[1, "ALTER TABLE notes ADD COLUMN done INTEGER"]]),
  synchronous: "NORMAL",
  whenDamaged: "Write your notes again.",
};

function open(path: string, changes: Partial<StoreFormat> = {}): StoreDatabase {
  const store = new StoreDatabase(path, { ...format, ...changes });
  onTestFinished(() => store.close());
  return store;
}

async function add(store: StoreDatabase, text: string): Promise<void> {
  await store.write(() => store.database.prepare("INSERT INTO notes (text) VALUES (?)").run(text));
}

async function notes(store: StoreDatabase): Promise<readonly string[]> {
  const rows = await store.read(() => store.database.prepare("SELECT text FROM notes").all());
  return rows.map((row) => readText(row, "text"));
}

describe("StoreDatabase", () => {
  it("keeps all of a write that returns, and nothing of one that throws", async () => {
    const store = open(newPath());
    await add(store, "first");
    const failing = store.write(() => {
      store.database.exec("INSERT INTO notes (text) VALUES ('second')");
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await notes(store)).toEqual(["first"]);
  });

  it("brings a file of an older version to the present one, and refuses one of a newer version", async () => {
    const path = newPath();
    const old = open(path, { version: 1, schema: "CREATE TABLE notes (text TEXT NOT NULL) STRICT" });
    await add(old, "first");
    old.close();
    const present = open(path);
    expect(await notes(present)).toEqual(["first"]);
    expect(() => open(path, { version: 1 })).toThrow(expect.objectContaining({ code: "store_format_unsupported" }));
  });

  it("refuses a database of another application and leaves it as it is", () => {
    const path = newPath();
    open(path, { applicationId: 1 }).close();
    const before = readFileSync(path);
    expect(() => open(path, { confidential: true })).toThrow("no AgentKit note store");
    expect(readFileSync(path)).toEqual(before);
    expect(statSync(path).mode & 0o777).not.toBe(0o600);
  });

  it("waits for the lock of another connection", async () => {
    const path = newPath();
    const store = open(path);
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec("BEGIN IMMEDIATE; INSERT INTO notes (text) VALUES ('theirs')");
    const ours = add(store, "ours");
    expect(await notes(store)).toEqual([]);
    other.exec("COMMIT");
    await ours;
    expect(await notes(store)).toEqual(["theirs", "ours"]);
  });

  it("finds damage when it is asked to verify, and says what to do", async () => {
    const path = newPath();
    const store = open(path);
    await add(store, "first");
    store.verify();
    store.close();
    const bytes = readFileSync(path);
    // The second page is the table's.
    writeFileSync(path, bytes.fill(0xa7, 4096, 4096 + 16));
    const damaged = open(path);
    const verify = (): void => damaged.verify();
    expect(verify).toThrow(expect.objectContaining({ code: "store_corrupt" }));
    expect(verify).toThrow("Write your notes again.");
  });

  it("refuses a call after it was closed", async () => {
    const store = open(newPath());
    store.close();
    await expect(notes(store)).rejects.toMatchObject({ code: "store_closed" });
  });
});

describe("a confidential file", () => {
  it("can be read by its owner alone, with what SQLite keeps beside it", async () => {
    const path = newPath();
    await add(open(path, { confidential: true }), "first");
    const folder = join(path, "..");
    const modes = readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
    expect(modes).toEqual(["600", "600", "600"]);
  });

  it("has nothing of what was deleted after it was erased, also where rows have moved between pages", async () => {
    const path = newPath();
    const store = open(path, { confidential: true, schema: "CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT" });
    const texts = Array.from({ length: 3_000 }, (_value, index) => hash("sha256", String(index)).slice(0, 10));
    const deleted = texts.filter((_text, index) => index % 2 === 0);
    const traces = (): number => {
      const files = readdirSync(join(path, "..")).map((name) => readFileSync(join(path, "..", name)));
      return deleted.filter((text) => files.some((bytes) => bytes.includes(text))).length;
    };
    const insert = store.database.prepare("INSERT INTO notes (text) VALUES (?)");
    const remove = store.database.prepare("DELETE FROM notes WHERE text = ?");
    for (const text of texts) await store.write(() => insert.run(text));
    for (const text of deleted) await store.write(() => remove.run(text));
    expect(traces()).toBeGreaterThan(0);
    await store.eraseDeleted();
    expect(traces()).toBe(0);
    expect(await notes(store)).toHaveLength(1_500);
  });
});
