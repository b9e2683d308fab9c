import type { Checkpoint, ParkedEvent, TableState } from "@agentkit/core";
import { readNumber, readText, type Row } from "@agentkit/sqlite";
import { isRebuilderGone } from "./rebuilder.ts";

/** Reads a row of `tables`. */
export function toTableState(row: Row): TableState {
  return {
    table: String(readNumber(row, "id")),
    name: readText(row, "name"),
    version: readNumber(row, "version"),
    active: row["active"] === 1,
    checkpoint: toCheckpoint(row),
    revision: readNumber(row, "revision"),
    events: readNumber(row, "events"),
    parked: readNumber(row, "parked"),
    rebuild: toRebuild(row),
  };
}

/** Reads a row of `parked` or `skipped`. */
export function toParkedEvent(row: Row): ParkedEvent {
  return {
    id: readText(row, "id"),
    stream: readText(row, "stream"),
    revision: readNumber(row, "revision"),
    position: readText(row, "position"),
    reason: readText(row, "reason"),
  };
}

function toCheckpoint(row: Row): Checkpoint | undefined {
  const position = row["checkpoint"];
  if (typeof position !== "string") return undefined;
  // Format 1 kept the position only.
  if (typeof row["event_id"] !== "string") return { position, event: undefined };
  const [stream, revision] = [readText(row, "event_stream"), readNumber(row, "event_revision")];
  return { position, event: { id: row["event_id"], stream, revision } };
}

function toRebuild(row: Row): TableState["rebuild"] {
  const rebuilder = row["rebuilt_by"];
  if (typeof rebuilder !== "string" || row["active"] === 1) return undefined;
  return isRebuilderGone(rebuilder, readNumber(row, "touched_at")) ? "abandoned" : "running";
}
