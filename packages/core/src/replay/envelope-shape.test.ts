import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { z } from "zod";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { StoredEvent } from "../events/envelope.ts";
import { goldenScenarios } from "./golden-scenarios.test.support.ts";

/**
 * What stands around the data of an event as the stories of the golden logs write it today. An event's version says nothing of
 * it, so that every reader has to understand all that was ever written: a key is never renamed, and a new one is declared with
 * `AGENTKIT_WRITE_GOLDEN=1`, which only adds.
 */
const file = join(dirname(fileURLToPath(import.meta.url)), "../../testdata/envelope.json");
const envelope = z.object({
  event: z.array(z.string()),
  /** The keys of `meta` by the type of the event, each set that occurs. */
  meta: z.record(z.string(), z.array(z.string())),
});
type Envelope = z.infer<typeof envelope>;

it("writes the envelope and the metadata that were declared, and no others", async () => {
  const written = await writeStories();
  if (process.env["AGENTKIT_WRITE_GOLDEN"] === "1") {
    writeFileSync(file, `${JSON.stringify(merge(existsSync(file) ? readDeclared() : nothing, written), null, 2)}\n`);
  }
  expect(written, "declare what was added with AGENTKIT_WRITE_GOLDEN=1").toEqual(readDeclared());
});

const nothing: Envelope = { event: [], meta: {} };

function readDeclared(): Envelope {
  return envelope.parse(JSON.parse(readFileSync(file, "utf8")));
}

async function writeStories(): Promise<Envelope> {
  let written = nothing;
  for (const scenario of Object.values(goldenScenarios)) {
    const log = createInMemoryEventLog();
    await scenario.write(log);
    for await (const stored of log.readAll()) written = merge(written, toEnvelope(stored));
  }
  return written;
}

function toEnvelope(stored: StoredEvent): Envelope {
  return { event: Object.keys(stored), meta: { [stored.type]: [Object.keys(stored.meta).toSorted().join(" ")] } };
}

function merge(first: Envelope, second: Envelope): Envelope {
  const types = union(Object.keys(first.meta), Object.keys(second.meta));
  return {
    event: union(first.event, second.event),
    meta: Object.fromEntries(types.map((type) => [type, union(first.meta[type] ?? [], second.meta[type] ?? [])])),
  };
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])].toSorted();
}
