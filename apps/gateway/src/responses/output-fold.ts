import { isFunctionCall } from "@agentkit/core";
import type { Item, RecordedEvent } from "@agentkit/core";
import { toOutputItem } from "./output-item.ts";
import type { OutputContext } from "./output-item.ts";
import { settleCall } from "./server-call.ts";
import type { OutcomeEvent, ServerCall } from "./server-call.ts";

/** The output of a run's response, folded from its events: the items of all its model calls in order. */
export interface OutputFold {
  /** The items so far. */
  items(): readonly Item[];
  /** The item at a place. */
  item(index: number): Item | undefined;
  /** How many there are. */
  size(): number;
  /** Folds one event in; returns the place of the call that it settles. */
  accept(event: RecordedEvent): number | undefined;
  /** Closes the calls that have no outcome, because the run is over or waits for a person; returns their places. */
  close(): readonly number[];
}

/** Starts the fold for a run. */
export function createOutputFold(context: OutputContext): OutputFold {
  const items: Item[] = [];
  const open = new Map<string, { readonly index: number; readonly call: ServerCall }>();

  function add(item: Item): void {
    const index = items.length;
    const shown = toOutputItem(item, index, context);
    items.push(shown);
    if (isFunctionCall(item) && isServerCall(shown)) open.set(item.call_id, { index, call: shown });
  }

  function settle(event: OutcomeEvent): number | undefined {
    const entry = open.get(event.data.callId);
    if (entry === undefined) return undefined;
    const settled = settleCall(entry.call, event);
    if (settled === entry.call) return undefined;
    items[entry.index] = settled;
    open.delete(event.data.callId);
    return entry.index;
  }

  return {
    items: () => [...items],
    item: (index) => items[index],
    size: () => items.length,
    accept(event) {
      switch (event.type) {
        case "ModelCallCompleted":
          for (const item of event.data.output) add(item);
          return undefined;
        case "ToolCallSucceeded":
        case "ToolCallFailed":
        case "ToolCallDenied":
        case "ToolCallOutcomeUnknown":
          return settle(event);
        default:
          return undefined;
      }
    },
    close() {
      const left = [...open.values()];
      for (const { index, call } of left) items[index] = { ...call, status: "incomplete" };
      return left.map(({ index }) => index);
    },
  };
}

function isServerCall(item: Item): item is ServerCall {
  return item.type === "mcp_call";
}
