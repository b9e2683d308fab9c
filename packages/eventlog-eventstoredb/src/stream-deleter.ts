import type { DeleteRequest } from "@agentkit/core";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { TombstoneReq } from "@eventstore/db-client/generated/streams_pb.js";
import type { Connection } from "./connection.ts";
import { isTimeout, StreamTombstoned, WrongExpectedRevision } from "./log-failure.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { StreamNames } from "./stream-names.ts";

/** What a {@link StreamDeleter} works with. */
export interface StreamDeleterOptions {
  readonly connection: Connection;
  readonly names: StreamNames;
  /** Fires when the log is closed. */
  readonly closing: AbortSignal;
  /** How long an answer is waited for before the call is made again. */
  readonly answerTimeoutMs: number;
  /** How long the call is made again in all. */
  readonly giveUpAfterMs: number;
}

/** Puts tombstones, again and again until the server has answered: a second one changes nothing. */
export class StreamDeleter {
  readonly #options: StreamDeleterOptions;

  constructor(options: StreamDeleterOptions) {
    this.#options = options;
  }

  /** Resolves when the stream has a tombstone; to `false` when it is not at the expected revision. */
  async delete({ stream, expectedHead }: DeleteRequest): Promise<boolean> {
    const { connection, names, closing, answerTimeoutMs, giveUpAfterMs } = this.#options;
    const request = toTombstoneRequest(names.toServer(stream), expectedHead);
    const budget = new RetryBudget({ giveUpAfterMs, signal: closing });
    for (;;) {
      const { generation } = connection;
      const failure = await connection.tombstone(request, answerTimeoutMs).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (failure === undefined) return true;
      try {
        await budget.failed(failure.error);
      } catch (lasting) {
        if (lasting instanceof StreamTombstoned) return true;
        if (lasting instanceof WrongExpectedRevision) return false;
        throw lasting;
      }
      // What broke the client makes anew by itself; of a connection that is only silent it knows nothing.
      if (isTimeout(failure.error)) connection.replace(generation);
    }
  }
}

function toTombstoneRequest(name: string, expectedHead: number): TombstoneReq {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(name));
  const options = new streams.TombstoneReq.Options().setStreamIdentifier(identifier).setRevision(String(expectedHead));
  return new streams.TombstoneReq().setOptions(options);
}
