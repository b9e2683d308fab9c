import { AgentKitError, type JsonObject } from "@agentkit/core";
import type { SQLOutputValue } from "node:sqlite";

/** A row as SQLite returns it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Reads a column that holds text. Throws `store_corrupt`. */
export function readText(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw corrupt(column);
}

/** Reads a column that holds a number. Throws `store_corrupt`. */
export function readNumber(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number") return value;
  throw corrupt(column);
}

/** Reads a column that holds bytes. Throws `store_corrupt`. */
export function readBytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw corrupt(column);
}

/** Reads a column that holds the JSON text of an object. Throws `store_corrupt`. */
export function readJsonObject(row: Row, column: string): JsonObject {
  const value = parse(readText(row, column));
  if (isObject(value)) return value;
  throw corrupt(column);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function corrupt(column: string): AgentKitError {
  return new AgentKitError("store_corrupt", `The store has a row whose '${column}' is not what was written there.`);
}
