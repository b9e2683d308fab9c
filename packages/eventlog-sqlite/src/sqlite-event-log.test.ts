import type { EventLog } from "@agentkit/core";
import { eventLogContract, runContract } from "@agentkit/core/testing";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createSqliteEventLog } from "./sqlite-event-log.ts";

const directory = mkdtempSync(join(tmpdir(), "agentkit-log-"));
let count = 0;
const paths = new Map<EventLog, string>();

function open(path: string): EventLog {
  const log = createSqliteEventLog({ path });
  paths.set(log, path);
  return log;
}

function pathOf(log: EventLog): string {
  return paths.get(log) ?? "";
}

function newPath(): string {
  count += 1;
  return join(directory, `${count}.sqlite`);
}

runContract(
  eventLogContract,
  {
    capabilities: { durable: true, multiProcess: true },
    open: async () => open(newPath()),
    reopen: async (log) => open(pathOf(log)),
    openBeside: async (log) => open(pathOf(log)),
    async cleanUp() {
      await Promise.all(Array.from(paths.keys(), async (log) => log.close()));
      paths.clear();
      rmSync(directory, { recursive: true });
    },
  },
  { describe, it },
);
