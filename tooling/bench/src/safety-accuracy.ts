import { createDefaultDetectors, evaluateDetectors } from "@agentkit/safety";
import { readDevelopmentSets } from "./safety-sets.ts";

interface Wanted {
  readonly recall: number;
  readonly falsePositiveRate: number;
}

/** What is promised of each detector on the sets. */
const wanted: ReadonlyMap<string, Wanted> = new Map([
  ["secrets", { recall: 0.95, falsePositiveRate: 0.06 }],
  ["pii", { recall: 0.85, falsePositiveRate: 0 }],
  ["injection", { recall: 0.6, falsePositiveRate: 0.03 }],
]);

/** Measures what the detectors find in the development sets; says whether it is what is promised. */
export function measureAccuracy(): boolean {
  const detectors = createDefaultDetectors().filter(({ id }) => wanted.has(id));
  const reports = evaluateDetectors(readDevelopmentSets(), detectors, { now: () => performance.now() });
  process.stdout.write("\n4. Detectors on the development sets.\n\n");
  return reports
    .map(({ detector, overall: { recall = 0, falsePositiveRate = 1, expected, negatives }, latency }) => {
      const limit = wanted.get(detector);
      const passed = limit !== undefined && recall >= limit.recall && falsePositiveRate <= limit.falsePositiveRate;
      const rates = `recall ${recall.toFixed(3)} of ${expected}, false positives ${falsePositiveRate.toFixed(3)} of ${negatives} texts`;
      const limits = `at least ${limit?.recall ?? 0}, at most ${limit?.falsePositiveRate ?? 0}`;
      process.stdout.write(
        `${passed ? "PASS" : "MISS"} ${detector.padEnd(12)}${rates} (${limits}); ${latency.msPerKb.toFixed(3)} ms a KB\n`,
      );
      return passed;
    })
    .every(Boolean);
}
