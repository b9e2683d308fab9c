import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { AgentKitError } from "@agentkit/core";
import type { Dataset, DatasetOptions } from "@agentkit/safety";

/** The endings of the files that a directory's sets are read from. */
const endings: readonly string[] = [".jsonl", ".json"];

/**
 * Reads labelled sets: those of the files named, and all in the directories named, each called by its path.
 *
 * @throws AgentKitError `input_invalid` for what cannot be read, with the line.
 */
export async function readSets(paths: readonly string[], options: DatasetOptions): Promise<readonly Dataset[]> {
  const { parseDataset } = await import("@agentkit/safety");
  const files = (await Promise.all(paths.map(findFiles))).flat();
  const sets: Dataset[] = [];
  for (const file of files) {
    const set = parseDataset(file, await orUnreadable(file, readFile(file, "utf8")), options);
    if (set.texts.length === 0) throw new AgentKitError("input_invalid", `${file} has no texts.`);
    sets.push(set);
  }
  return sets;
}

async function findFiles(path: string): Promise<readonly string[]> {
  if (!(await orUnreadable(path, stat(path))).isDirectory()) return [path];
  const names = await orUnreadable(path, readdir(path));
  const files = names.filter((name) => endings.includes(extname(name))).toSorted();
  if (files.length > 0) return files.map((name) => join(path, name));
  throw new AgentKitError("input_invalid", `The directory '${path}' has no sets (${endings.join(", ")}).`);
}

async function orUnreadable<T>(path: string, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new AgentKitError("input_invalid", `'${path}' cannot be read (${code}).`, { cause });
  }
}
