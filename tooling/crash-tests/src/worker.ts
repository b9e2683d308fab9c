import { writeSync } from "node:fs";
import { AgentKitError } from "@agentkit/core";
import { createSqliteLeaseStore } from "@agentkit/store-sqlite";
import { z } from "zod";
import { signallingAt } from "./boundaries.ts";
import { logPlaceSchema, openLog } from "./logs.ts";
import { carryOn, tellStory } from "./story.ts";

/**
 * What a worker is told: what to do (by default, to carry the story on), where, and at which boundary it is killed or stopped
 * (0: never).
 */
const orderSchema = z.object({
  place: logPlaceSchema,
  directory: z.string(),
  session: z.string(),
  at: z.number(),
  signal: z.enum(["SIGKILL", "SIGSTOP"]),
  task: z.enum(["carry on", "recover"]).default("carry on"),
  /** The file of the leases it shares with others. */
  leases: z.string().optional(),
});

/** The order of a worker. */
export type WorkerOrder = z.input<typeof orderSchema>;

const {
  place,
  directory,
  session,
  at,
  signal,
  task,
  leases: path,
} = orderSchema.parse(JSON.parse(process.argv[2] ?? ""));
const log = await openLog(place);
const leases = path === undefined ? undefined : createSqliteLeaseStore({ path });
const stage = { log, directory, session, cross: signallingAt(at, signal), ...(leases && { leases }) };
const kit = tellStory(stage);
try {
  const ended =
    task === "carry on"
      ? (await carryOn(kit, stage)).outcome
      : (await kit.recover()).map(({ session: recovered, status }) => `${recovered} ${status}`).join(", ");
  writeSync(1, `ended: ${ended}\n`);
} catch (error) {
  if (!AgentKitError.is(error)) throw error;
  writeSync(1, `ended: ${error.code}\n`);
}
await leases?.close();
await log.close();
