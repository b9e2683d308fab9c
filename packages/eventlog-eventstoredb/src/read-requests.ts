import type { EventFilter, Position } from "@agentkit/core";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { ReadReq } from "@eventstore/db-client/generated/streams_pb.js";

/** A read of one stream. */
export interface StreamRead {
  /** The stream's name at the server. */
  readonly stream: string;
  /** The first revision, inclusive; `undefined` reads from the beginning, or from the end when reading backwards. */
  readonly from: number | undefined;
  readonly backwards: boolean;
  readonly count: number;
}

/** A read of the whole log. */
export interface AllRead {
  /** Where to begin. The server may return what stands there, and may not. */
  readonly from: Position | undefined;
  readonly backwards: boolean;
  readonly count: number;
  readonly filter: EventFilter;
}

/** Asks for the events of a stream. */
export function toStreamRequest({ stream, from, backwards, count }: StreamRead): ReadReq {
  const place = new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
  );
  if (from !== undefined) place.setRevision(String(from));
  else if (backwards) place.setEnd(new shared.Empty());
  else place.setStart(new shared.Empty());
  const options = toOptions(backwards).setStream(place).setNoFilter(new shared.Empty());
  return new streams.ReadReq().setOptions(options.setCount(toCount(count)));
}

/** Asks for events of the whole log. The server filters, as far as its one expression can say it. */
export function toAllRequest(read: AllRead, streamPrefix: string): ReadReq {
  const { from, backwards, count, filter } = read;
  const place = new streams.ReadReq.Options.AllOptions();
  if (from !== undefined) place.setPosition(toServerPosition(from));
  else if (backwards) place.setEnd(new shared.Empty());
  else place.setStart(new shared.Empty());
  const options = toOptions(backwards).setAll(place).setFilter(toFilter(filter, streamPrefix));
  return new streams.ReadReq().setOptions(options.setCount(toCount(count)));
}

/** Asks to be told of what is appended from now on. */
export function toSubscribeRequest(streamPrefix: string): ReadReq {
  const place = new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty());
  const options = toOptions(false).setAll(place).setFilter(toFilter({}, streamPrefix));
  return new streams.ReadReq().setOptions(options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions()));
}

function toOptions(backwards: boolean): ReadReq.Options {
  const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;
  return new streams.ReadReq.Options()
    .setReadDirection(backwards ? BACKWARDS : FORWARDS)
    .setResolveLinks(false)
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
}

function toServerPosition(position: Position): ReadReq.Options.Position {
  return new streams.ReadReq.Options.Position().setCommitPosition(position).setPreparePosition(position);
}

function toCount(count: number): string {
  return String(Math.min(count, Number.MAX_SAFE_INTEGER));
}

/** How many events the server looks at in one step, and after how many of those it says how far it is. */
const searchWindow = 512;
const windowsPerCheckpoint = 64;

/**
 * One expression, on types or on names of streams: on types where some are asked for, as they leave less. The names of
 * this log's streams have none of `$` and `/`, so that neither the server's own nor those of blobs pass.
 */
function toFilter(filter: EventFilter, streamPrefix: string): ReadReq.Options.FilterOptions {
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  const options = new streams.ReadReq.Options.FilterOptions()
    .setMax(searchWindow)
    .setCheckpointintervalmultiplier(windowsPerCheckpoint);
  if (filter.types !== undefined) {
    // No types at all: an expression that nothing matches.
    const types = filter.types.length === 0 ? "(?!)" : filter.types.map(escape).join("|");
    return options.setEventType(expression.setRegex(`^(?:${types})$`));
  }
  const prefix = escape(streamPrefix + (filter.streamPrefix ?? ""));
  return options.setStreamIdentifier(expression.setRegex(`^${prefix}[A-Za-z0-9._:-]*$`));
}

/** Escapes for both .NET, where the server runs, and JavaScript. */
function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
