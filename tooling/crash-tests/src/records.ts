import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";

/** One effect that a tool had on the world, as the world remembers it. */
const effectSchema = z.object({ tool: z.string(), callId: z.string(), key: z.string(), attempt: z.number() });

/** One question that reached the model. */
const questionSchema = z.object({ requestHash: z.string() });

/** An effect in the ledger. */
export type EffectRecord = z.infer<typeof effectSchema>;

/** Writes a line that is on the disk when this returns: the world does not forget when a process is killed. */
export function appendRecord(path: string, record: object): void {
  const file = openSync(path, "a");
  try {
    writeSync(file, `${JSON.stringify(record)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The effects in a ledger, in order; none when there is no ledger. */
export function readEffects(path: string): readonly EffectRecord[] {
  return readLines(path).map((line) => effectSchema.parse(line));
}

/** How often each request reached the model, by its hash. */
export function countQuestions(path: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of readLines(path)) {
    const { requestHash } = questionSchema.parse(line);
    counts.set(requestHash, (counts.get(requestHash) ?? 0) + 1);
  }
  return counts;
}

function readLines(path: string): readonly unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line): unknown => JSON.parse(line));
}
