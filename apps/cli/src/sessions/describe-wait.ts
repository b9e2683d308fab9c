import type { WaitsFor } from "@agentkit/core";

/** What a call that was started and cannot go on waits for. */
export function describeWait(waitsFor: WaitsFor): string {
  return waitsFor.type === "time" ? waitsFor.until : `the run in session ${waitsFor.session}`;
}
