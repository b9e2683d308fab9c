import { type ScannedText, scanText } from "@agentkit/safety";
import { createDetectorSubjects, createPolicySubjects, type Subject } from "./safety-subjects.ts";
import { adversarialTexts, type MeasuredText, ordinaryTexts } from "./safety-texts.ts";
import { leastTime } from "./safety-time.ts";
import { readVocabularies } from "./safety-vocabulary.ts";

/** Every text has the first two sizes; those that cost a subject most, or grow most, the third one too. */
const sizes = [10_000, 100_000, 1_000_000] as const;
const labels = ["10 KB", "100 KB", "1 MB"] as const;
/** So many times what ordinary text of the same size takes. */
const mostTimes = 20;
/**
 * Ten times the text may take so many times the time: 10, and what a larger heap costs. A square would be 100. What takes less
 * than the least is too short to tell.
 */
const mostGrowth = 15;
const leastToTell = 40;
/** How many of the slowest texts, and as many of those that grow most, a subject is given at the largest size. */
const chosenForDetectors = 4;
const chosenForPolicies = 1;

/** What a text costs one subject at each size that was measured: in milliseconds, and beside ordinary text. */
interface Cost {
  readonly text: MeasuredText;
  readonly times: readonly number[];
  readonly ratios: readonly number[];
  readonly growth: number;
}

interface Measured {
  readonly subject: Subject;
  /** The time on ordinary text of each size. */
  readonly ordinary: readonly number[];
  readonly costs: Cost[];
}

/** Measures every subject on every text and prints the worst; says whether all is within the limits. */
export function measureGrowth(only: string | undefined): boolean {
  process.stdout.write(
    `\n1. Time on ordinary text (the mean of ${ordinaryTexts.map(({ name }) => name).join(", ")}) and on text made to be slow.\n` +
      `   At most ${mostTimes} times ordinary, and at most ${mostGrowth} times the time for ten times the text.\n\n` +
      toLine("", [...labels.map((label) => `${label} ms`), ...labels.map((label) => `× ${label}`), "growth"]),
  );
  const texts = adversarialTexts(readVocabularies());
  const detectors = createDetectorSubjects().filter(({ name }) => only === undefined || name.includes(only));
  const measured = measureSubjects(detectors, { texts, chosen: chosenForDetectors });
  const passed = measured.map(report);
  if (only === undefined) {
    const slowest = measured.flatMap(({ costs }) => costs.toSorted(byRatio).slice(0, 2));
    const chosen = new Set([...slowest.map(({ text }) => text), ...texts.filter(({ name }) => /\[\[|\{/.test(name))]);
    passed.push(
      ...measureSubjects(createPolicySubjects(), { texts: [...chosen], chosen: chosenForPolicies }).map(report),
    );
  }
  return !passed.includes(false);
}

/** Text by text, so that each is made and normalised once. */
function measureSubjects(
  subjects: readonly Subject[],
  { texts, chosen: count }: { readonly texts: readonly MeasuredText[]; readonly chosen: number },
): readonly Measured[] {
  const [small, middle, large] = sizes;
  const ordinary = sizes.map((size) => ordinaryTimes(subjects, size));
  const measured = subjects.map((subject, index) => {
    const times = ordinary.map((each) => each[index] ?? 0);
    return { subject, ordinary: times, costs: new Array<Cost>() };
  });
  for (const text of texts) {
    const scanned = [small, middle].map((size) => scanText(text.make(size)));
    for (const each of measured) each.costs.push(measureCost(each, text, scanned));
  }
  const chosen = new Map(measured.map((each) => [each, new Set(choose(each.costs, count))]));
  for (const text of texts.filter((each) => measured.some((one) => chosen.get(one)?.has(each)))) {
    const scanned = [small, middle, large].map((size) => scanText(text.make(size)));
    for (const each of measured.filter((one) => chosen.get(one)?.has(text) === true)) {
      const at = each.costs.findIndex((cost) => cost.text === text);
      each.costs[at] = measureCost(each, text, scanned);
    }
  }
  return measured;
}

function choose(costs: readonly Cost[], count: number): readonly MeasuredText[] {
  const slowest = costs.toSorted(byRatio).slice(0, count);
  const growing = costs.toSorted((left, right) => right.growth - left.growth).slice(0, count);
  return [...slowest, ...growing].map(({ text }) => text);
}

/** The time of each subject: the mean of the kinds of ordinary text. */
function ordinaryTimes(subjects: readonly Subject[], size: number): readonly number[] {
  const texts = ordinaryTexts.map((text) => scanText(text.make(size)));
  return subjects.map((subject) => {
    const times = texts.map((text) => leastTime(() => subject.lookAt(text), size === sizes[2] ? 2 : 3));
    return times.reduce((sum, time) => sum + time, 0) / times.length;
  });
}

/** What passes a limit is measured again: a machine with others on it has bad moments. */
function measureCost(measured: Measured, text: MeasuredText, scanned: readonly ScannedText[]): Cost {
  const { subject, ordinary } = measured;
  let cost: Cost | undefined;
  for (let attempt = 0; attempt < 3 && (cost === undefined || isMiss(cost)); attempt += 1) {
    const before = cost;
    const times = scanned.map((each, index) =>
      Math.min(
        before?.times[index] ?? Number.POSITIVE_INFINITY,
        leastTime(() => subject.lookAt(each), 1),
      ),
    );
    cost = { text, times, ratios: times.map((time, index) => time / (ordinary[index] ?? 0)), growth: growthOf(times) };
  }
  return cost ?? { text, times: [], ratios: [], growth: 0 };
}

/** How the last measured size stands to the one before it; 10 where that takes too short a time to tell. */
function growthOf(times: readonly number[]): number {
  const [before = 0, last = 0] = times.slice(-2);
  return last < leastToTell ? 10 : last / before;
}

function byRatio(left: Cost, right: Cost): number {
  return Math.max(...right.ratios) - Math.max(...left.ratios);
}

function isMiss(cost: Cost): boolean {
  return Math.max(...cost.ratios) > mostTimes || cost.growth > mostGrowth;
}

function report({ subject, ordinary, costs }: Measured): boolean {
  const misses = costs.filter(isMiss);
  const worst = sizes.map((_size, index) => Math.max(...costs.map(({ ratios }) => ratios[index] ?? 0)));
  const slowest = costs.toSorted(byRatio)[0]?.text.name ?? "";
  const growing = costs.toSorted((left, right) => right.growth - left.growth)[0];
  const cells = [...ordinary.map((time) => time.toFixed(3)), ...worst.map(toTimes), toTimes(growing?.growth ?? 0)];
  process.stdout.write(toLine(`${misses.length === 0 ? "PASS" : "MISS"} ${subject.name}`, cells));
  process.stdout.write(`       slowest: ${slowest}; grows most: ${growing?.text.name ?? ""}\n`);
  for (const { text, times, ratios, growth } of misses) {
    const milliseconds = labels.map((_label, index) => times[index]?.toFixed(1) ?? "");
    const over = labels.map((_label, index) => (ratios[index] === undefined ? "" : toTimes(ratios[index])));
    process.stdout.write(toLine(`       over: ${text.name}`, [...milliseconds, ...over, toTimes(growth)]));
  }
  return misses.length === 0;
}

function toTimes(ratio: number): string {
  return `${ratio.toFixed(1)}×`;
}

function toLine(label: string, cells: readonly string[]): string {
  return `${[label.slice(0, 50).padEnd(50), ...cells.map((cell) => cell.padStart(11))].join("")}\n`;
}
