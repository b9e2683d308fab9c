/** Work is repeated until it takes so many milliseconds, so that the clock can tell. */
const shortest = 4;

/**
 * The least of some measurements of the processor time that a piece of work takes, in milliseconds: what other processes do on the
 * machine counts little.
 */
export function leastTime(work: () => void, measurements: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < measurements; count += 1) least = Math.min(least, measure(work));
  return least;
}

function measure(work: () => void): number {
  const before = process.cpuUsage();
  for (let times = 1; ; times += 1) {
    work();
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1_000;
    if (milliseconds >= shortest || times === 1_000) return milliseconds / times;
  }
}

/** The middle one, and the one that 99 of 100 do not exceed. */
export function quantiles(values: readonly number[]): { readonly median: number; readonly p99: number } {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
}
