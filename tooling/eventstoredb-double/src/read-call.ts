import type { ReadReq, ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { ServerWritableStream } from "@grpc/grpc-js";
import type { StoredRecord } from "./event-store.ts";
import type { Fault } from "./faults.ts";
import type { ReadRequest } from "./read-request.ts";

/** The call of a read, and what it has to be served with. */
export interface ReadCall {
  readonly call: ServerWritableStream<ReadReq, ReadResp>;
  readonly request: ReadRequest;
  readonly fault: Fault | undefined;
}

/** Sends an answer and waits until the client keeps up. */
export async function send(call: ReadCall["call"], response: ReadResp): Promise<void> {
  if (call.write(response)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.off("drain", done);
      call.off("cancelled", done);
      resolve();
    };
    call.on("drain", done);
    call.on("cancelled", done);
  });
}

/** The index of the first record whose place is not before `from`. */
export function firstAtOrAfter(
  records: readonly StoredRecord[],
  from: number,
  place: (record: StoredRecord) => number,
): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = records[middle];
    if (record !== undefined && place(record) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
