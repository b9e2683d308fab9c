import type { ReadReq } from "@eventstore/db-client/generated/streams_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { StoredRecord } from "./event-store.ts";
import { readStreamName } from "./messages.ts";

/** A read as it is asked for. */
export interface ReadRequest {
  /** `undefined` reads `$all`. */
  readonly stream: string | undefined;
  readonly backwards: boolean;
  /** The revision or commit position to start at. */
  readonly from: number | "start" | "end";
  /** How many events; `undefined` for a subscription. */
  readonly count: number | undefined;
  readonly filter: ReadFilter | undefined;
}

/** Which events of `$all` are wanted. */
export interface ReadFilter {
  readonly passes: (record: StoredRecord) => boolean;
  /** After how many events looked at a subscription gets a checkpoint. */
  readonly checkpointEvery: number;
}

/** How many events the server looks at in one step when the client does not say. */
const defaultWindow = 32;

/** Reads the options of a read. */
export function parseReadRequest(request: ReadReq): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw new Error("The read has no options.");
  const { BACKWARDS } = streams.ReadReq.Options.ReadDirection;
  return {
    stream: options.hasStream() ? readStreamName(options.getStream()?.getStreamIdentifier()) : undefined,
    backwards: options.getReadDirection() === BACKWARDS,
    from: readFrom(options),
    count: options.hasSubscription() ? undefined : Number(options.getCount()),
    filter: options.hasFilter() ? toFilter(options.getFilter()) : undefined,
  };
}

function readFrom(options: ReadReq.Options): ReadRequest["from"] {
  const place = options.hasStream() ? options.getStream() : options.getAll();
  if (place === undefined || place.hasStart()) return "start";
  if (place.hasEnd()) return "end";
  return Number("getRevision" in place ? place.getRevision() : place.getPosition()?.getCommitPosition());
}

function toFilter(options: ReadReq.Options.FilterOptions | undefined): ReadFilter | undefined {
  if (options === undefined) return undefined;
  const byType = options.getEventType();
  const expression = byType ?? options.getStreamIdentifier();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = prefixes.length > 0 ? undefined : new RegExp(expression?.getRegex() ?? "", "u");
  const matches = (text: string): boolean => regex?.test(text) ?? prefixes.some((prefix) => text.startsWith(prefix));
  const window = options.hasMax() ? options.getMax() : defaultWindow;
  return {
    passes: (record) => matches(byType === undefined ? record.stream : record.type),
    checkpointEvery: window * Math.max(options.getCheckpointintervalmultiplier(), 1),
  };
}
