/** Two ways to do the same work, measured by turns. */
export interface Comparison {
  readonly title: string;
  /** How many units of work one round does. */
  readonly units: number;
  /** What the ratio of rates (ours to raw) has to be at least. */
  readonly atLeast: number;
  raw(round: number): Promise<void> | void;
  ours(round: number): Promise<void> | void;
}

/** What a comparison came to. Rates are units a second. */
export interface Verdict {
  readonly title: string;
  readonly rawRate: number;
  readonly ourRate: number;
  readonly ratio: number;
  readonly atLeast: number;
}

/** Rounds that are run and not counted: the first one, in which both sides are compiled. */
export const warmUpRounds = 1;

/**
 * Runs both sides in turn, changing who begins, and takes the median of the rounds' own ratios: what slows the machine
 * down for a while then slows both sides of a round, or spoils one round of many.
 */
export async function compare(comparison: Comparison, rounds: number): Promise<Verdict> {
  const measured: { readonly raw: number; readonly ours: number }[] = [];
  for (let round = 0; round < rounds + warmUpRounds; round += 1) {
    const rawFirst = round % 2 === 0;
    const early = rawFirst ? await seconds(() => comparison.raw(round)) : undefined;
    const ours = await seconds(() => comparison.ours(round));
    const raw = early ?? (await seconds(() => comparison.raw(round)));
    if (round >= warmUpRounds) measured.push({ raw, ours });
  }
  return {
    title: comparison.title,
    rawRate: comparison.units / median(measured.map((round) => round.raw)),
    ourRate: comparison.units / median(measured.map((round) => round.ours)),
    ratio: median(measured.map((round) => round.raw / round.ours)),
    atLeast: comparison.atLeast,
  };
}

async function seconds(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
