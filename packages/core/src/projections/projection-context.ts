import type { EventLog } from "../event-log/event-log.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ProjectionStore } from "./projection-store.ts";

/** What projecting needs. */
export interface ProjectionContext {
  readonly log: EventLog;
  readonly store: ProjectionStore;
  readonly clock: Clock;
  /** What becomes of an event that cannot be applied while a projection follows the log. */
  readonly onPoison: "park" | "stop";
  /** Called after each commit and each switch. */
  readonly committed: () => void;
  /** Tells whoever runs the projector what it did by itself, in a sentence. */
  readonly notice: (message: string) => void;
}
