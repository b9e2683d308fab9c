/** How long a detector took for each text. */
export interface Latency {
  readonly texts: number;
  /** UTF-16 units of all texts together. */
  readonly characters: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** All of the time by all of the text, in milliseconds for 1,024 units. */
  readonly msPerKb: number;
}

/** One measurement. */
export interface Duration {
  readonly ms: number;
  readonly characters: number;
}

/** Summarises the measurements of a detector. */
export function toLatency(durations: readonly Duration[]): Latency {
  const sorted = durations.map(({ ms }) => ms).toSorted((left, right) => left - right);
  const characters = durations.reduce((sum, duration) => sum + duration.characters, 0);
  const total = sorted.reduce((sum, ms) => sum + ms, 0);
  return {
    texts: durations.length,
    characters,
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    maxMs: sorted.at(-1) ?? 0,
    msPerKb: characters === 0 ? 0 : (total * 1024) / characters,
  };
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
