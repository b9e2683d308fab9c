import { AgentKitError, contentHash, eventId, systemIds } from "@agentkit/core";
import type { EventLog } from "@agentkit/core";

/** Knows whether the log could be written when it last had to be. */
export interface WriteWatch {
  /** Takes notice of what a request failed with. Whatever is no failure to write the log is passed over. */
  note(error: unknown): void;
  /**
   * Resolves at once when no write has failed. Otherwise it appends one small event, which is the only way to learn that a
   * disk has room again, and resolves when the log has taken it.
   *
   * @throws what the log throws.
   */
  confirm(): Promise<void>;
}

/** The codes with which an append fails for reasons that are the log's and not the request's. */
const writeFailures: ReadonlySet<string> = new Set(["log_full", "log_read_only", "log_unavailable"]);

/** Begins without a failure. */
export function createWriteWatch(log: EventLog): WriteWatch {
  let outage: string | undefined;
  return {
    note(error) {
      if (AgentKitError.is(error) && writeFailures.has(error.code)) outage = systemIds.next();
    },
    async confirm() {
      const probed = outage;
      if (probed === undefined) return;
      await appendProbe(log, probed);
      // A request that failed meanwhile is news that the probe knows nothing of.
      if (outage === probed) outage = undefined;
    },
  };
}

// A text that nobody refers to is the one event of the catalogue that changes nothing for any reader. Its stream and id
// come from the outage: however often it is appended, it is in the log once.
async function appendProbe(log: EventLog, outage: string): Promise<void> {
  const content = `Written by a readiness probe after an append had failed (${outage}).`;
  const hash = contentHash(content);
  const stream = `content-${hash.slice("sha256:".length)}`;
  const event = {
    id: eventId({ stream, run: "", step: 0, index: 0 }),
    type: "ContentRecorded",
    version: 1,
    time: new Date().toISOString(),
    data: { hash, kind: "instructions", content },
    meta: { actor: "engine" },
  };
  await log.append(stream, [event], { expected: "no_stream" });
}
