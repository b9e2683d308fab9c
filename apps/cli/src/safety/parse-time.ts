import { AgentKitError } from "@agentkit/core";

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** What a time on the command line is told from. */
export interface TimeOptions {
  /** What the option is called, with its dashes. */
  readonly option: string;
  /** Now, in milliseconds since 1970. */
  readonly now: number;
  /** Which way a duration goes from now. */
  readonly direction: "past" | "future";
}

/**
 * Reads a time, in milliseconds since 1970: a duration from now as `7d` (s, m, h, d, w), a date, or a time in UTC.
 *
 * @throws AgentKitError `input_invalid`
 */
export function parseTime(text: string, { option, now, direction }: TimeOptions): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) {
    const duration = Number(count) * (unitMs[unit] ?? 0);
    return direction === "past" ? now - duration : now + duration;
  }
  const isTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  const message = `${option} takes a duration as 7d (s, m, h, d, w), or a time as 2026-11-22 or 2026-11-22T13:00:00Z, and not '${text}'.`;
  throw new AgentKitError("input_invalid", message, { param: option.replace(/^--/, "") });
}
