import type { ReadReq, TombstoneReq } from "@eventstore/db-client/generated/streams_pb.js";
import type { AppendCall, LogClient, ReadCall } from "./log-client.ts";

/** One client at a time, and a fresh one when the old one is of no use any more. */
export class Connection {
  readonly #create: () => LogClient;
  readonly #leaving = new Set<Promise<void>>();
  #client: LogClient;
  #generation = 0;

  constructor(create: () => LogClient) {
    this.#create = create;
    this.#client = create();
  }

  async openAppends(): Promise<AppendCall> {
    return this.#client.openAppends();
  }

  async openRead(request: ReadReq): Promise<ReadCall> {
    return this.#client.openRead(request);
  }

  async tombstone(request: TombstoneReq, timeoutMs: number): Promise<void> {
    return this.#client.tombstone(request, timeoutMs);
  }

  /** Changes with every new client. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Gives up a connection on which nothing comes any more. Its calls end, and whoever made them makes them again. Of many
   * who notice, each says which connection it means, so that one replaces it.
   */
  replace(generation: number): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#leave(this.#client);
    this.#client = this.#create();
  }

  async close(): Promise<void> {
    this.#leave(this.#client);
    await Promise.all(this.#leaving);
  }

  #leave(client: LogClient): void {
    // A client that cannot even be shut down has nothing left that could be waited for.
    const left = client.shutDown().catch(() => undefined);
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }
}
