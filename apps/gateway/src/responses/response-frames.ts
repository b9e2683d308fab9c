import type { Item, RunStreamPart } from "@agentkit/core";
import { createWaitFold } from "../approvals/wait-fold.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { describeError } from "../http/failure-table.ts";
import { readItemsBelow } from "./read-run.ts";
import type { ResponseEvent, ResponseEvents } from "./response-events.ts";

/** The frames of a response's stream, from the parts of its run. What goes wrong is in the stream's own last event. */
export async function* toFrames(
  context: Pick<GatewayContext, "writes">,
  parts: AsyncIterable<RunStreamPart>,
  events: ResponseEvents,
): AsyncGenerator<string, void> {
  try {
    for await (const part of parts) {
      for (const event of events.accept(part)) yield toFrame(event);
      if (events.ended()) break;
    }
  } catch (error) {
    context.writes.note(error);
    // The headers are out: the stream's own last event has to say it.
    const { code, message } = describeError(error);
    for (const event of events.fail(code ?? "internal", message)) yield toFrame(event);
  }
  yield "data: [DONE]\n\n";
}

function toFrame(event: ResponseEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Passes a run's parts on, and finds out before it is told that the run waits what the sub-runs wait for that it waits for. */
export async function* withBelow(
  context: GatewayContext,
  parts: AsyncIterable<RunStreamPart>,
  below: Map<string, readonly Item[]>,
): AsyncGenerator<RunStreamPart, void> {
  const fold = createWaitFold("");
  for await (const part of parts) {
    if (part.type === "event") {
      fold.accept(part.event);
      const waits = part.event.type === "RunSuspended" && fold.below().length > 0;
      if (waits) below.set(part.event.id, await readItemsBelow(context, fold.below()));
    }
    yield part;
  }
}
