import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { ReadResp } from "@eventstore/db-client/generated/streams_pb.js";
import type { EventStore, StoredRecord } from "./event-store.ts";
import { delayed } from "./faults.ts";
import { toReadResponse } from "./messages.ts";
import { firstAtOrAfter, type ReadCall, send } from "./read-call.ts";
import type { ReadRequest } from "./read-request.ts";
import type { ServiceContext } from "./service-context.ts";

/** Serves a subscription until its client leaves or it is ended. It starts after `from`, exclusive. */
export async function serveSubscription(context: ServiceContext, read: ReadCall): Promise<void> {
  const { call } = read;
  const { store, subscriptions } = context;
  const ending = new AbortController();
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  const end = (): void => {
    ending.abort();
    wake();
  };
  const unlisten = store.onWrite(wake);
  subscriptions.add(end);
  call.on("cancelled", end);
  call.write(new streams.ReadResp().setConfirmation(confirmation()));
  const cursor = new SubscriptionCursor(context, read);
  while (!ending.signal.aborted) {
    woken = Promise.withResolvers<void>();
    await cursor.sendWhatIsThere();
    if (!ending.signal.aborted) await woken.promise;
  }
  unlisten();
  subscriptions.delete(end);
  call.end();
}

function confirmation(): ReadResp.SubscriptionConfirmation {
  return new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID());
}

/** How far a subscription has come. */
class SubscriptionCursor {
  readonly #context: ServiceContext;
  readonly #read: ReadCall;
  /** The number of records of `$all` that were looked at. */
  #seen: number;
  #sinceCheckpoint = 0;
  #sent = 0;
  #live = false;

  constructor(context: ServiceContext, read: ReadCall) {
    this.#context = context;
    this.#read = read;
    this.#seen = startOf(context.store, read.request);
  }

  async sendWhatIsThere(): Promise<void> {
    const { store } = this.#context;
    const { call } = this.#read;
    for (;;) {
      const record = store.all[this.#seen];
      if (record === undefined || call.cancelled) break;
      this.#seen += 1;
      if (this.#isWanted(record)) await this.#send(record);
      await this.#checkpointWhenDue(record);
    }
    if (this.#live || call.cancelled) return;
    this.#live = true;
    await send(call, new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
  }

  #isWanted(record: StoredRecord): boolean {
    const { stream, filter } = this.#read.request;
    return stream === undefined ? filter?.passes(record) !== false : record.stream === stream;
  }

  async #send(record: StoredRecord): Promise<void> {
    const { call, fault } = this.#read;
    if (fault?.how === "dropAfter" && this.#sent >= fault.events) return this.#context.dropConnections();
    await delayed(fault);
    await send(call, toReadResponse(record));
    if (fault?.how === "repeat") await send(call, toReadResponse(record));
    this.#sent += 1;
  }

  /** Only a filtered subscription has checkpoints: without them it could not tell how far it came. */
  async #checkpointWhenDue({ position }: StoredRecord): Promise<void> {
    const { call, request } = this.#read;
    if (request.filter === undefined) return;
    this.#sinceCheckpoint += 1;
    if (this.#sinceCheckpoint < request.filter.checkpointEvery) return;
    this.#sinceCheckpoint = 0;
    const checkpoint = new streams.ReadResp.Checkpoint()
      .setCommitPosition(String(position))
      .setPreparePosition(String(position));
    await send(call, new streams.ReadResp().setCheckpoint(checkpoint));
  }
}

function startOf(store: EventStore, { stream, from }: ReadRequest): number {
  if (from === "start") return 0;
  if (from === "end") return store.all.length;
  if (stream === undefined) return firstAtOrAfter(store.all, from + 1, (record) => record.position);
  const index = store.all.findIndex((record) => record.stream === stream && record.revision > from);
  return index === -1 ? store.all.length : index;
}
