import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import type { Pace } from "./replies.ts";
import type { TransmissionStep } from "./transmission.ts";
import { transmitBody, transmitEvents } from "./transmission.ts";

/** The connection an answer is written to. */
export interface Connection {
  readonly response: ServerResponse;
  /** Aborts when the connection is gone, whoever closed it. */
  readonly signal: AbortSignal;
  /** Destroys the socket, as a scripted fault. */
  drop(): void;
}

/**
 * Writes an answer: headers, then each step as its own socket write, with backpressure. Returns when the answer is
 * written; rejects with the signal's reason when the connection goes away first.
 */
export async function deliver(
  answer: Answer,
  headers: Readonly<Record<string, string>>,
  to: Connection,
): Promise<void> {
  switch (answer.kind) {
    case "html":
      to.response.writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8" }).end(answer.page);
      return;
    case "json": {
      const steps = transmitBody(Buffer.from(JSON.stringify(answer.body)), answer.delivery.fault);
      to.response.writeHead(answer.status, { ...headers, "content-type": "application/json", ...answer.headers });
      await transmit(steps, answer.delivery.pace, to);
      return;
    }
    case "events":
      to.response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
      to.response.flushHeaders();
      await transmit(transmitEvents(answer.events, answer.delivery.fault), answer.delivery.pace, to);
      return;
  }
}

async function transmit(
  steps: readonly TransmissionStep[],
  pace: Pace | undefined,
  connection: Connection,
): Promise<void> {
  for (const step of steps) {
    switch (step.do) {
      case "send":
        await (pace === undefined ? write(step.bytes, connection) : sendPaced(step.bytes, pace, connection));
        break;
      case "stall":
        await once(connection.signal, "abort");
        return;
      case "drop":
        connection.drop();
        return;
      case "end":
        connection.response.end();
        return;
    }
  }
}

async function sendPaced(bytes: Buffer, pace: Pace, connection: Connection): Promise<void> {
  const chunkBytes = pace.chunkBytes ?? bytes.length;
  await setTimeout(pace.eventDelayMs, undefined, { signal: connection.signal });
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    await write(bytes.subarray(start, start + chunkBytes), connection);
    // A turn of the event loop between the writes keeps the kernel from being handed two chunks at once.
    await setImmediate(undefined, { signal: connection.signal });
  }
}

async function write(bytes: Buffer, { response, signal }: Connection): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => {
    reject(signal.reason);
  };
  signal.addEventListener("abort", stop, { once: true });
  response.write(bytes, (failure) => {
    if (failure === null || failure === undefined) {
      resolve();
    } else {
      reject(failure);
    }
  });
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
