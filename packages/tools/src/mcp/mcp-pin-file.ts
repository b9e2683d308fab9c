import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { AgentKitError, canonicalJson, type ContentHash } from "@agentkit/core";
import { z } from "zod";
import type { McpPins } from "./mcp-pins.ts";

/**
 * Keeps pins in a JSON file, `{ "<server>": { "<tool>": "sha256:…" } }`, which belongs under version control: a change of a tool
 * is then a change that somebody reviews. A file that is not there is one without pins; each write replaces the file at once.
 *
 * @throws AgentKitError `config_invalid` from `read` and `write` when the file is no such table.
 *
 * @example
 * ```ts
 * import { mcpPinFile } from "@agentkit/tools";
 *
 * const pins = mcpPinFile("mcp-pins.json");
 * ```
 */
export function mcpPinFile(path: string): McpPins {
  let last: Promise<void> = Promise.resolve();
  return {
    read: async (server) => {
      await last;
      return (await readTable(path)).get(server);
    },
    write: async (server, pins) => {
      // One after the other, or the second of two servers would write over the first one's pins.
      const mine = last.then(async () => replaceTable(path, (await readTable(path)).set(server, pins)));
      last = mine.catch(() => undefined);
      await mine;
    },
  };
}

const hashSchema = z.custom<ContentHash>((value) => typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value));
const tableSchema = z.record(z.string(), z.record(z.string(), hashSchema));

type PinTable = Map<string, Readonly<Record<string, ContentHash>>>;

async function readTable(path: string): Promise<PinTable> {
  const text = await readText(path);
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(tableSchema.parse(JSON.parse(text))));
  } catch (cause) {
    throw new AgentKitError(
      "config_invalid",
      `The file of MCP pins '${path}' is no table of servers, tools and hashes. Restore it, or remove it and accept the tools again.`,
      { cause },
    );
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function replaceTable(path: string, table: PinTable): Promise<void> {
  // Canonical order first, so that equal pins give equal files whatever the order of the server's list.
  const sorted: unknown = JSON.parse(canonicalJson(Object.fromEntries(table)));
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(temporary, path);
}
