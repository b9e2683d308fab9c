import { eventLogErrors, type Position } from "@agentkit/core";

/**
 * Checks a position. It is the commit position of an event in `$all`: a 64-bit number, which JSON cannot carry, in decimal
 * digits. The prepare position, which the protocol has beside it, tells apart the events of a transaction of the old TCP
 * protocol; every event appended by gRPC has a commit position of its own.
 *
 * @throws AgentKitError `position_invalid`
 */
export function checkPosition(position: Position): Position {
  if (!/^(0|[1-9]\d{0,18})$/.test(position)) throw eventLogErrors.positionInvalid(position);
  return position;
}

/** Orders two positions. Without leading zeros the longer number is the larger one, and equal lengths sort as text. */
export function comparePositions(a: Position, b: Position): -1 | 0 | 1 {
  if (a === b) return 0;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}
