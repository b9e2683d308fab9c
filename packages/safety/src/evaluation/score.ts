/** How often something was found that was there, and that was not. */
export interface Score {
  /** What was there: labelled places, or texts where no places are labelled. */
  readonly expected: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  /** Texts in which it was not. */
  readonly negatives: number;
  /** Those of them in which it was found. */
  readonly falseAlarms: number;
  /** Of what was found, the part that was there; `undefined` when nothing was found. */
  readonly precision: number | undefined;
  /** Of what was there, the part that was found; `undefined` when nothing was there. */
  readonly recall: number | undefined;
  /** The harmonic mean of both. */
  readonly f1: number | undefined;
  /** Of the texts in which it was not, the part in which it was found. */
  readonly falsePositiveRate: number | undefined;
}

/** What a {@link Score} is made of. */
export type Counts = Pick<Score, "expected" | "truePositives" | "falsePositives" | "negatives" | "falseAlarms">;

/** Nothing counted yet. */
export const noCounts: Counts = { expected: 0, truePositives: 0, falsePositives: 0, negatives: 0, falseAlarms: 0 };

/** The counts of two sets of texts together. */
export function addCounts(left: Counts, right: Counts): Counts {
  return {
    expected: left.expected + right.expected,
    truePositives: left.truePositives + right.truePositives,
    falsePositives: left.falsePositives + right.falsePositives,
    negatives: left.negatives + right.negatives,
    falseAlarms: left.falseAlarms + right.falseAlarms,
  };
}

/** The rates of counts. */
export function toScore(counts: Counts): Score {
  const { expected, truePositives, falsePositives, negatives, falseAlarms } = counts;
  return {
    ...counts,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, expected),
    // 2PR / (P + R), written so that it is defined whenever there was something to find or something was found.
    f1: ratio(2 * truePositives, expected + truePositives + falsePositives),
    falsePositiveRate: ratio(falseAlarms, negatives),
  };
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}
