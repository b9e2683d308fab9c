import { z } from "zod";
import { killingAt } from "./boundaries.ts";
import { logPlaceSchema, openLog } from "./logs.ts";
import { carryOn, tellStory } from "./story.ts";

/** What a worker is told: where the story takes place, and at which boundary it is killed (0: never). */
const orderSchema = z.object({ place: logPlaceSchema, directory: z.string(), session: z.string(), killAt: z.number() });

/** The order of a worker. */
export type WorkerOrder = z.infer<typeof orderSchema>;

const { place, directory, session, killAt } = orderSchema.parse(JSON.parse(process.argv[2] ?? ""));
const log = openLog(place);
const stage = { log, directory, session, cross: killingAt(killAt) };
await carryOn(tellStory(stage), stage);
await log.close();
