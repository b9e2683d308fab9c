import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import type { Haystack } from "./find-traces.ts";

/** Makes a directory that is removed when the test is over. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "agentkit-safety-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Everything that a directory holds: the bytes of every file as they are, and of every SQLite file each value by itself, for a
 * long value lies in pieces all over the file.
 */
export function readDirectory(directory: string): readonly Haystack[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const path = join(parentPath, name);
    const whole = { place: path.slice(directory.length + 1), bytes: readFileSync(path) };
    return name.endsWith(".sqlite") ? [whole, ...readTables(path, whole.place)] : [whole];
  });
}

function readTables(path: string, place: string): readonly Haystack[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables.map(({ name }) => {
      const rows = database.prepare(`SELECT * FROM "${String(name)}"`).all();
      const values = rows.flatMap((row) => Object.values(row)).map(toBytes);
      return {
        place: `${place}, table ${String(name)}`,
        bytes: Buffer.concat(values.flatMap((value) => [value, gap])),
      };
    });
  } finally {
    database.close();
  }
}

const gap = Buffer.alloc(1);

function toBytes(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
}
