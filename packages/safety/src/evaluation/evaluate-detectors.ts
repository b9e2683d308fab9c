import { findWith } from "../detectors/ask-detector.ts";
import type { Detector } from "../detectors/detector.ts";
import type { Finding } from "../detectors/finding.ts";
import { scanText } from "../text/scan-text.ts";
import type { Dataset } from "./dataset.ts";
import type { LabelledSpan, LabelledText } from "./labelled-text.ts";
import { type Duration, type Latency, toLatency } from "./latency.ts";
import { addCounts, type Counts, noCounts, type Score, toScore } from "./score.ts";

/** Options of {@link evaluateDetectors}. */
export interface EvaluateOptions {
  /** Findings below it count as none. Default 0.5. */
  readonly threshold?: number;
  /** A clock in milliseconds, for the latency. */
  readonly now: () => number;
}

/** What one detector finds in labelled texts. */
export interface DetectorReport {
  readonly detector: string;
  readonly version: string;
  readonly overall: Score;
  /** By label, of what the detector can find at all. */
  readonly categories: readonly (Score & { readonly category: string })[];
  /** By set, of those in which something was looked for that it can find. */
  readonly sets: readonly (Score & { readonly set: string })[];
  /** By set, of the others: in how many of its texts it finds something, which is neither right nor wrong. */
  readonly elsewhere: readonly { readonly set: string; readonly texts: number; readonly found: number }[];
  readonly latency: Latency;
}

/**
 * Measures detectors on labelled texts: precision, recall, F1, false positives and latency, by detector, category and set. A
 * finding counts in the sets in which its category was looked for. Where a set says where things are, a finding
 * counts that touches the place and is of its category or below it (`secret` is also `secret.github_token`); otherwise the
 * text counts as a whole.
 *
 * @example
 * ```ts
 * import { createPiiDetector, evaluateDetectors, parseDataset } from "@agentkit/safety";
 *
 * const dataset = parseDataset("mine", '{"text":"Write to a@example.org","categories":["pii.email"]}');
 * const [report] = evaluateDetectors([dataset], [createPiiDetector()], { now: () => performance.now() });
 * console.log(report?.overall.recall); // 1
 * ```
 */
export function evaluateDetectors(
  datasets: readonly Dataset[],
  detectors: readonly Detector[],
  options: EvaluateOptions,
): readonly DetectorReport[] {
  return detectors.map((detector) => {
    const results = datasets.map((dataset) => evaluateSet(dataset, detector, options));
    return toReport(detector, results);
  });
}

interface SetResult {
  readonly set: string;
  readonly texts: number;
  /** By the labels that the detector can find; none of them where nothing of it was looked for. */
  readonly counts: ReadonlyMap<string, Counts>;
  /** The texts in which it finds something. */
  readonly found: number;
  readonly durations: readonly Duration[];
}

function evaluateSet(
  { name, categories, texts }: Dataset,
  detector: Detector,
  { threshold = 0.5, now }: EvaluateOptions,
): SetResult {
  const own = categories.filter((category) => detector.categories.some((found) => isWithin(found, category)));
  const counts = new Map<string, Counts>();
  const durations: Duration[] = [];
  let found = 0;
  for (const text of texts) {
    const started = now();
    const findings = findWith(detector, scanText(text.text), { source: text.source });
    durations.push({ ms: now() - started, characters: text.text.length });
    const sure = findings.filter(({ score }) => score >= threshold);
    if (sure.length > 0) found += 1;
    for (const category of own) {
      counts.set(category, addCounts(counts.get(category) ?? noCounts, countText(text, category, sure)));
    }
  }
  return { set: name, texts: texts.length, counts, found, durations };
}

function toReport(detector: Detector, results: readonly SetResult[]): DetectorReport {
  const counts = new Map<string, Counts>();
  for (const [category, each] of results.flatMap((result) => [...result.counts])) {
    counts.set(category, addCounts(counts.get(category) ?? noCounts, each));
  }
  return {
    detector: detector.id,
    version: detector.version,
    overall: toTotal(counts),
    categories: Array.from(counts, ([category, each]) => ({ category, ...toScore(each) })),
    sets: results.filter(isLabelled).map((result) => ({ set: result.set, ...toTotal(result.counts) })),
    elsewhere: results.filter((result) => !isLabelled(result)).map(({ set, texts, found }) => ({ set, texts, found })),
    latency: toLatency(results.flatMap(({ durations }) => durations)),
  };
}

function isLabelled({ counts }: SetResult): boolean {
  return counts.size > 0;
}

function toTotal(counts: ReadonlyMap<string, Counts>): Score {
  return toScore([...counts.values()].reduce(addCounts, noCounts));
}

/** Whether a category is another one or below it. */
function isWithin(category: string, parent: string): boolean {
  return category === parent || category.startsWith(`${parent}.`);
}

function countText(text: LabelledText, category: string, findings: readonly Finding[]): Counts {
  const own = findings.filter((finding) => isWithin(finding.category, category));
  const isThere = text.categories.some((label) => isWithin(label, category));
  const absence = { negatives: isThere ? 0 : 1, falseAlarms: !isThere && own.length > 0 ? 1 : 0 };
  if (text.spans !== undefined) return { ...countSpans(text.spans, category, own), ...absence };
  const found = own.length > 0 ? 1 : 0;
  return {
    ...absence,
    expected: isThere ? 1 : 0,
    truePositives: isThere ? found : 0,
    falsePositives: isThere ? 0 : found,
  };
}

function countSpans(
  spans: readonly LabelledSpan[],
  category: string,
  findings: readonly Finding[],
): Pick<Counts, "expected" | "truePositives" | "falsePositives"> {
  const wanted = spans.filter((span) => isWithin(span.category, category));
  return {
    expected: wanted.length,
    truePositives: wanted.filter((span) => findings.some((finding) => touches(finding, span))).length,
    falsePositives: findings.filter((finding) => !wanted.some((span) => touches(finding, span))).length,
  };
}

function touches(finding: Finding, span: LabelledSpan): boolean {
  return finding.start < span.end && span.start < finding.end;
}
