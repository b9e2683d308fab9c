/** What an event stream is made of. */
export interface EventStreamOptions {
  /** The stream's frames, each written at once. They are asked for one at a time, when the reader has room for more. */
  readonly frames: AsyncGenerator<string, void>;
  /** Milliseconds of silence after which a comment is sent, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number;
  /** Milliseconds one write may wait for its reader. A connection that broke silently gives no other sign. */
  readonly writeStallMs: number;
  /** The reader has left, or stalled for too long: whatever makes the frames has to end. */
  readonly onAbandoned: (reason: "left" | "stalled") => void;
}

const ping = Symbol("ping");

/** A stream of server-sent events with backpressure, for the body of an answer. */
export function toEventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { frames, heartbeatMs, writeStallMs, onAbandoned } = options;
  const encoder = new TextEncoder();
  // The first frame is asked for at once: a generator that was never begun would not clean up when the reader leaves.
  let asked: Promise<IteratorResult<string, void>> | undefined = frames.next();
  let stall: NodeJS.Timeout | undefined;
  let abandoned = false;

  function abandon(reason: "left" | "stalled"): void {
    if (abandoned) return;
    abandoned = true;
    clearTimeout(stall);
    onAbandoned(reason);
    // The generator ends once what it waits for has; its own `finally` is where it cleans up.
    frames.return().catch(() => undefined);
  }

  function write(controller: ReadableStreamDefaultController<Uint8Array>, frame: string): void {
    controller.enqueue(encoder.encode(frame));
    stall = setTimeout(abandon, writeStallMs, "stalled");
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        if (abandoned) return controller.error(new Error("The reader took too long."));
        asked ??= frames.next();
        const next = await unlessSilent(asked, heartbeatMs);
        if (next === ping) return write(controller, ": ping\n\n");
        asked = undefined;
        if (next.done === true) return controller.close();
        return write(controller, next.value);
      },
      cancel: () => abandon("left"),
    },
    // A frame is made when it is asked for, so that a slow reader slows the run and not the memory.
    { highWaterMark: 0 },
  );
}

async function unlessSilent<Value>(value: Promise<Value>, milliseconds: number): Promise<Value | typeof ping> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof ping>((resolve) => {
    timer = setTimeout(() => resolve(ping), milliseconds);
  });
  try {
    return await Promise.race([value, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** The headers of an event stream: nothing between may hold it back or change it. */
export const eventStreamHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
