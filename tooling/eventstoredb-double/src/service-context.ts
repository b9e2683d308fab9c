import type { EventStore } from "./event-store.ts";
import type { Faults } from "./faults.ts";

/** What the services work on. */
export interface ServiceContext {
  readonly store: EventStore;
  readonly faults: Faults;
  /** The subscriptions that are being served, so that they can be ended. */
  readonly subscriptions: Set<() => void>;
  /** Destroys every connection without a word, as a crash does. */
  readonly dropConnections: () => void;
}
