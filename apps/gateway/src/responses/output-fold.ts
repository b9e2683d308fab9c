import { isFunctionCall } from "@agentkit/core";
import type { EventOf, FunctionCallItem, Item, RecordedEvent } from "@agentkit/core";
import { toOutputItem } from "./output-item.ts";
import type { OutputContext } from "./output-item.ts";
import { settleCall, toServerCall } from "./server-call.ts";
import type { OutcomeEvent, ServerCall } from "./server-call.ts";

/** The output of a run's response, folded from its events: the items of all its model calls in order. */
export interface OutputFold {
  /** The items so far. */
  items(): readonly Item[];
  /** The item at a place. */
  item(index: number): Item | undefined;
  /** How many there are. */
  size(): number;
  /** The place of a call that is shown and has no outcome yet. */
  placeOf(callId: string): number | undefined;
  /** Folds one event in. */
  accept(event: RecordedEvent): OutputChange;
  /** Begins the output of the run's next response; what is open is shown there again once it is decided or has an outcome. */
  nextPart(): void;
  /** Closes the calls that have no outcome, because the run is over or waits for a person; returns their places. */
  close(): readonly number[];
}

/** What an event did to the output, beside the items of a model call. */
export interface OutputChange {
  /** The places of the items that it added. */
  readonly added: readonly number[];
  /** The place of the call that it settled, or put a request for an approval in the place of. */
  readonly settled?: number | undefined;
}

const unchanged: OutputChange = { added: [] };

/** Starts the fold for a run. */
export function createOutputFold(context: OutputContext): OutputFold {
  const items: Item[] = [];
  const open = new Map<string, { readonly index: number; readonly call: ServerCall }>();
  /** The calls of the newest answer, for those that are shown again. */
  const calls = new Map<string, FunctionCallItem>();
  const asked = new Map<string, { readonly item: Item; shown: boolean }>();
  const carried = new Set<string>();

  function push(item: Item): number {
    return items.push(item) - 1;
  }

  function add(item: Item): void {
    const index = items.length;
    const shown = toOutputItem(item, index, context);
    push(shown);
    if (!isFunctionCall(item) || !isServerCall(shown)) return;
    open.set(item.call_id, { index, call: shown });
    calls.set(item.call_id, item);
  }

  /** Shows a call of an earlier response. */
  function addAgain(callId: string, changed: Partial<Pick<ServerCall, "arguments" | "approval_request_id">>): OutputChange {
    const item = calls.get(callId);
    if (item === undefined) return unchanged;
    carried.delete(callId);
    const index = items.length;
    const call = { ...toServerCall(item, context.toId("mcp", index)), ...changed };
    push(call);
    open.set(callId, { index, call });
    return { added: [index] };
  }

  function settle(event: OutcomeEvent): OutputChange {
    const { callId } = event.data;
    const { added } = carried.has(callId) || asked.has(callId) ? addAgain(callId, decided(callId)) : unchanged;
    const entry = open.get(callId);
    if (entry === undefined) return { added };
    const settled = settleCall(entry.call, event);
    if (settled === entry.call) return { added };
    items[entry.index] = settled;
    open.delete(callId);
    return { added, settled: entry.index };
  }

  /** Takes a request as answered. */
  function decided(callId: string): Pick<ServerCall, "approval_request_id"> {
    const id = asked.get(callId)?.item["id"];
    asked.delete(callId);
    return { approval_request_id: typeof id === "string" ? id : null };
  }

  function ask({ data }: EventOf<"ApprovalRequested">): OutputChange {
    const item = context.toApprovalItem(data, calls.get(data.callId)?.arguments ?? "");
    if (item === undefined) return unchanged;
    const entry = open.get(data.callId);
    asked.set(data.callId, { item, shown: entry !== undefined });
    if (entry === undefined) return unchanged;
    items[entry.index] = item;
    open.delete(data.callId);
    return { added: [], settled: entry.index };
  }

  function approve({ data }: EventOf<"ToolCallApproved">): OutputChange {
    if (!asked.has(data.callId)) return unchanged;
    return addAgain(data.callId, { ...decided(data.callId), ...(data.arguments && { arguments: data.arguments }) });
  }

  /** A response that ends asks for everything that its run, and those below it, wait for. */
  function suspend(event: EventOf<"RunSuspended">): OutputChange {
    const waiting = [...asked.values()].filter(({ shown }) => !shown);
    for (const entry of waiting) entry.shown = true;
    const requests = [...waiting.map(({ item }) => item), ...(context.below.get(event.id) ?? [])];
    return { added: requests.map(push) };
  }

  return {
    items: () => [...items],
    item: (index) => items[index],
    size: () => items.length,
    placeOf: (callId) => open.get(callId)?.index,
    accept(event) {
      switch (event.type) {
        case "ModelCallCompleted":
          for (const item of event.data.output) add(item);
          return unchanged;
        case "ToolCallSucceeded":
        case "ToolCallFailed":
        case "ToolCallDenied":
        case "ToolCallOutcomeUnknown":
          return settle(event);
        case "ApprovalRequested":
          return ask(event);
        case "ToolCallApproved":
          return approve(event);
        case "RunSuspended":
          return suspend(event);
        default:
          return unchanged;
      }
    },
    nextPart() {
      for (const callId of open.keys()) carried.add(callId);
      open.clear();
      items.length = 0;
      for (const entry of asked.values()) entry.shown = false;
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
