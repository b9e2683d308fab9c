/** What is told of a request once its answer has begun. No body, no query, no header of the client's. */
export interface RequestEntry {
  readonly requestId: string;
  readonly method: string;
  /** With its escapes, so that it is one word. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds from the request's arrival to the head of the answer. */
  readonly durationMs: number;
  readonly session: string | undefined;
}

/**
 * A request as one line for people.
 *
 * @example
 * ```ts
 * import { toRequestLine } from "@agentkit/gateway";
 *
 * const entry = { requestId: "req_1", method: "GET", path: "/healthz", status: 200, durationMs: 0.8, session: undefined };
 * toRequestLine(entry); // GET /healthz 200 0.8ms req_1
 * ```
 */
export function toRequestLine({ method, path, status, durationMs, session, requestId }: RequestEntry): string {
  const words = [method, path, String(status), `${durationMs.toFixed(1)}ms`, requestId];
  return [...words, ...(session === undefined ? [] : [`session=${session}`])].join(" ");
}
