import type { IncomingHttpHeaders } from "node:http";

/**
 * How a request ended: the answer was written whole, the client left before that, or the double closed the socket, be it
 * for a scripted drop or because it was itself closed.
 */
export type RequestOutcome = "answered" | "aborted" | "dropped";

/** A request that reached the double. */
export interface RecordedRequest {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON body; the text when it is not JSON; undefined when there is none. */
  readonly body: unknown;
  /** When the request had arrived whole. */
  readonly at: Date;
  /** Whether the client left before the answer's end; to wait for it, await `outcome`. */
  readonly aborted: boolean;
  readonly outcome: Promise<RequestOutcome>;
}

/** A recorded request whose outcome is still to be told. */
export interface OpenRequest {
  readonly recorded: RecordedRequest;
  settle(outcome: RequestOutcome): void;
}

/** Starts the record of a request. */
export function openRequest(
  arrived: Pick<RecordedRequest, "method" | "path" | "headers" | "body" | "at">,
): OpenRequest {
  const { promise, resolve } = Promise.withResolvers<RequestOutcome>();
  let aborted = false;
  return {
    recorded: {
      ...arrived,
      outcome: promise,
      get aborted() {
        return aborted;
      },
    },
    settle(outcome) {
      aborted = outcome === "aborted";
      resolve(outcome);
    },
  };
}
