import type { RecordedEvent } from "../events/catalogue.ts";
import type { ModelStreamPart } from "../model/model.ts";

/** A piece of a model's answer on its way; never in the log, which keeps the finished item. */
export type RunDelta = Exclude<ModelStreamPart, { type: "completed" | "moderation" }>;

/** What a run tells its caller while it goes on: each event once it is durable, and the answer as it is produced. */
export type RunStreamPart =
  | { readonly type: "event"; readonly event: RecordedEvent }
  | { readonly type: "delta"; readonly delta: RunDelta };
