import { eventLogErrors, type Position } from "@agentkit/core";

/** The number of an event in the order of the log, 1 for the first, as text. */
export function toPosition(place: number): Position {
  return String(place);
}

/** Reads a position back. */
export function parsePosition(position: Position): number {
  const place = /^[1-9]\d{0,15}$/.test(position) ? Number(position) : Number.NaN;
  if (!Number.isSafeInteger(place)) throw eventLogErrors.positionInvalid(position);
  return place;
}
