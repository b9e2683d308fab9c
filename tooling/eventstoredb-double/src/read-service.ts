import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { ReadReq, ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { ServerWritableStream } from "@grpc/grpc-js";
import type { StoredRecord } from "./event-store.ts";
import { delayed } from "./faults.ts";
import { toReadResponse, toStreamIdentifier } from "./messages.ts";
import { firstAtOrAfter, type ReadCall, send } from "./read-call.ts";
import { parseReadRequest, type ReadRequest } from "./read-request.ts";
import type { ServiceContext } from "./service-context.ts";
import { faultError, streamDeleted } from "./service-error.ts";
import { serveSubscription } from "./subscription.ts";

/** Serves `Read`: streams and `$all`, in both directions, and subscriptions. */
export function createReadHandler(context: ServiceContext) {
  return (call: ServerWritableStream<ReadReq, ReadResp>): void => {
    const request = parseReadRequest(call.request);
    const fault = context.faults.take(request.count === undefined ? "subscribe" : "read");
    if (fault?.how === "hang") return;
    if (fault?.how === "drop") return context.dropConnections();
    const error = faultError(fault);
    if (error !== undefined) call.emit("error", error);
    else void serve(context, { call, request, fault });
  };
}

async function serve(context: ServiceContext, read: ReadCall): Promise<void> {
  const { call, request } = read;
  const { store } = context;
  if (request.stream !== undefined && store.isTombstoned(request.stream)) {
    call.emit("error", streamDeleted(request.stream));
    return;
  }
  if (request.count === undefined) {
    await serveSubscription(context, read);
    return;
  }
  const records = request.stream === undefined ? store.all : store.read(request.stream);
  if (records === undefined) {
    const identifier = toStreamIdentifier(request.stream ?? "");
    call.write(
      new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier)),
    );
  } else {
    await sendRecords(context, read, records);
  }
  call.end();
}

async function sendRecords(context: ServiceContext, read: ReadCall, records: readonly StoredRecord[]): Promise<void> {
  const { call, request, fault } = read;
  const wanted = request.count ?? 0;
  const step = request.backwards ? -1 : 1;
  let sent = 0;
  for (let index = firstIndex(request, records); sent < wanted; index += step) {
    const record = records[index];
    if (record === undefined || call.cancelled) return;
    if (request.filter?.passes(record) === false) continue;
    if (fault?.how === "dropAfter" && sent >= fault.events) return context.dropConnections();
    await delayed(fault);
    await send(call, toReadResponse(record));
    sent += 1;
  }
}

/** Where a read starts: at `from`, inclusive; backwards in `$all` before it, as positions there lie between events. */
function firstIndex({ stream, backwards, from }: ReadRequest, records: readonly StoredRecord[]): number {
  const last = records.length - 1;
  if (from === "start") return backwards ? -1 : 0;
  if (from === "end") return backwards ? last : records.length;
  const place = (record: StoredRecord): number => (stream === undefined ? record.position : record.revision);
  const next = firstAtOrAfter(records, from, place);
  if (!backwards) return next;
  const found = records[next];
  return stream !== undefined && found !== undefined && place(found) === from ? next : next - 1;
}
