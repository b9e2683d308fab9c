import { AgentKitError } from "@agentkit/core";
import { closeSync, existsSync, openSync, readSync, renameSync } from "node:fs";

/** A file that was damaged and is not used any more. */
export interface DamagedFile {
  readonly path: string;
  /** Where it is now, with its `-wal` and `-shm`. */
  readonly setAside: string;
  /** What is wrong with it. */
  readonly reason: string;
}

/** What a file is, by its first bytes. */
export type FileOwner = "ours" | "another application" | "text";

const magic = "SQLite format 3\0";

/** https://sqlite.org/fileformat2.html#the_database_header */
const applicationIdOffset = 68;
const headBytes = 65_536;

/**
 * Tells whether a file that cannot be read as a store was one. A SQLite header says whose it is; without one, bytes that are
 * text were put there by somebody, and any others are taken for what damage leaves.
 */
export function ownerOf(path: string, applicationId: number): FileOwner {
  const head = readHead(path);
  if (head.subarray(0, magic.length).toString("latin1") === magic) {
    if (head.length < applicationIdOffset + 4) return "ours";
    return head.readUInt32BE(applicationIdOffset) === applicationId ? "ours" : "another application";
  }
  return isText(head) ? "text" : "ours";
}

/** Moves a database out of the way, with what SQLite keeps beside it, and returns where to. */
export function setAside(path: string): string {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`)) number += 1;
  const target = `${path}.damaged-${number}`;
  try {
    // The file first: SQLite takes a -wal beside no file for nobody's and removes it.
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
    }
  } catch (error) {
    const message = `The store '${path}' is damaged and cannot be set aside. Make its directory writable, or remove the file.`;
    throw new AgentKitError("store_read_only", message, { cause: error });
  }
  return target;
}

function readHead(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

/** The end may be in the middle of a character. */
function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
