/** Leaves a service alone for a while that keeps failing. */
export interface Circuit {
  /** Whether a call may be made. When the time is up, one call is let through, and decides. */
  enter(): boolean;
  /** What became of a call that `enter` let through. A call that was cancelled says nothing. */
  settle(outcome: "answered" | "failed" | "cancelled"): void;
}

/** When a circuit opens, and for how long. */
export interface CircuitOptions {
  /** Failures in a row. */
  readonly failures: number;
  readonly openMs: number;
}

/** Makes a closed circuit. */
export function createCircuit({ failures, openMs }: CircuitOptions, now: () => number): Circuit {
  let inARow = 0;
  let openUntil: number | undefined;
  let probing = false;
  return {
    enter() {
      if (openUntil === undefined) return true;
      if (probing || now() < openUntil) return false;
      probing = true;
      return true;
    },
    settle(outcome) {
      probing = false;
      if (outcome === "cancelled") return;
      if (outcome === "answered") {
        inARow = 0;
        openUntil = undefined;
        return;
      }
      inARow += 1;
      if (inARow >= failures) openUntil = now() + openMs;
    },
  };
}
