import { eventLogErrors, type Position } from "@agentkit/core";

/** A place in `$all`. Both are 64-bit numbers, which JSON cannot carry: decimal text. */
export interface LogPosition {
  readonly commit: string;
  readonly prepare: string;
}

/** `C<commit>P<prepare>`. */
export function toPosition({ commit, prepare }: LogPosition): Position {
  return `C${commit}P${prepare}`;
}

const pattern = /^C(0|[1-9]\d{0,18})P(0|[1-9]\d{0,18})$/;

/** @throws AgentKitError `position_invalid` */
export function parsePosition(position: Position): LogPosition {
  const [, commit, prepare] = pattern.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) throw eventLogErrors.positionInvalid(position);
  return { commit, prepare };
}

/** Orders two places of the same log. */
export function comparePositions(a: LogPosition, b: LogPosition): -1 | 0 | 1 {
  return compareDecimals(a.commit, b.commit) || compareDecimals(a.prepare, b.prepare);
}

/** Without leading zeros the longer number is the larger one, and digits of the same length sort as text. */
function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}
