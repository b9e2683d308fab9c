import { writeSync } from "node:fs";
import { AgentKitError } from "@agentkit/core";
import { z } from "zod";
import { signallingAt } from "./boundaries.ts";
import { logPlaceSchema, openLog } from "./logs.ts";
import { carryOn, tellStory } from "./story.ts";

/** What a worker is told: where the story takes place, and at which boundary it is killed or stopped (0: never). */
const orderSchema = z.object({
  place: logPlaceSchema,
  directory: z.string(),
  session: z.string(),
  at: z.number(),
  signal: z.enum(["SIGKILL", "SIGSTOP"]),
});

/** The order of a worker. */
export type WorkerOrder = z.infer<typeof orderSchema>;

const { place, directory, session, at, signal } = orderSchema.parse(JSON.parse(process.argv[2] ?? ""));
const log = openLog(place);
const stage = { log, directory, session, cross: signallingAt(at, signal) };
try {
  const { outcome } = await carryOn(tellStory(stage), stage);
  writeSync(1, `ended: ${outcome}\n`);
} catch (error) {
  if (!AgentKitError.is(error)) throw error;
  writeSync(1, `ended: ${error.code}\n`);
}
await log.close();
