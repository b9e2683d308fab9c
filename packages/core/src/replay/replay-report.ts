import type { Difference } from "./first-difference.ts";

/** Where a replay first parted from the record. */
export interface Divergence extends Difference {
  /** `code`: the code decides otherwise now. `log`: the log contradicts itself, so it was changed after it was written. */
  readonly kind: "code" | "log";
  readonly revision: number;
  readonly run: string | undefined;
  /** The recorded event's type, and that of the event the code would have written there. */
  readonly recordedType: string;
  readonly replayedType: string | undefined;
}

/** What a replay found. */
export interface ReplayReport {
  readonly session: string;
  /** `diverged` also where one of its sub-runs did. */
  readonly status: "identical" | "diverged";
  /** Events read, decisions compared among them, and runs and model calls walked through. */
  readonly events: number;
  readonly decisions: number;
  readonly runs: number;
  readonly modelCalls: number;
  /** Where this session parted; absent where only one of its sub-runs did. */
  readonly divergence?: Divergence;
  /** The sub-runs that were begun in it, in order, as far as the log has them. */
  readonly children: readonly ReplayReport[];
}
