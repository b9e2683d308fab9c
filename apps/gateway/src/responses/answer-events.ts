import type { EventOf, Item, RecordedEvent, RunDelta } from "@agentkit/core";
import { createHeldEvents } from "./held-events.ts";
import { createItemWriter } from "./item-writer.ts";
import type { ItemWriter } from "./item-writer.ts";
import { toOutputItem } from "./output-item.ts";
import { beginOutput, toOutputContext } from "./response-object.ts";
import type { RunRecord } from "./response-object.ts";
import type { EventBody, TextPiece } from "./text-writer.ts";

/** Tells the items of a response and the outcomes of its tools. */
export interface AnswerEvents {
  acceptDelta(delta: RunDelta): readonly EventBody[];
  acceptEvent(event: RecordedEvent): readonly EventBody[];
  /** Ends the tool calls that have no outcome. An item that the model did not finish stays unfinished. */
  close(): readonly EventBody[];
}

/** Starts the events of a response's items. */
export function createAnswerEvents(record: RunRecord): AnswerEvents {
  const context = toOutputContext(record);
  const output = beginOutput(record, context);
  const writers = new Map<number, ItemWriter>();
  const finished = new Set<number>();
  // A call of a tool may turn out to wait for an approval, and is then another item: until then nothing is told of it.
  const held = createHeldEvents();

  // `local` counts within one model call; the output's size is what earlier calls have added.
  function begin(local: number, item: Item): readonly EventBody[] {
    const index = output.size() + local;
    if (writers.has(index)) return [];
    const shown = toOutputItem(item, index, context);
    if (shown.type === "mcp_call") held.hold(index);
    return held.pass(index, write(index, shown).begin());
  }

  function write(index: number, shown: Item): ItemWriter {
    const writer = createItemWriter(index, shown);
    writers.set(index, writer);
    return writer;
  }

  function finish(local: number, item: Item): readonly EventBody[] {
    const index = output.size() + local;
    if (finished.has(index)) return [];
    const begun = begin(local, item);
    finished.add(index);
    const told = writers.get(index)?.finish(toOutputItem(item, index, context)) ?? [];
    return [...begun, ...held.pass(index, told)];
  }

  function add(index: number): readonly EventBody[] {
    const item = output.item(index);
    if (item === undefined) return [];
    const writer = write(index, item);
    if (item.type === "mcp_call") held.hold(index);
    return held.pass(index, [...writer.begin(), ...writer.finish(item)]);
  }

  function settle(index: number): readonly EventBody[] {
    const item = output.item(index);
    if (item?.type === "mcp_approval_request") {
      const writer = write(index, item);
      return held.replace(index, [...writer.begin(), ...writer.finish(item)]);
    }
    return item === undefined ? [] : held.pass(index, writers.get(index)?.settle(item) ?? []);
  }

  function change(event: RecordedEvent): readonly EventBody[] {
    const decided = isDecisive(event) ? output.placeOf(event.data.callId) : undefined;
    const { added, settled } = output.accept(event);
    const told = [...added.flatMap(add), ...(settled === undefined ? [] : settle(settled))];
    return [...told, ...[...new Set([decided, settled])].flatMap((index) => held.release(index))];
  }

  return {
    acceptDelta(delta) {
      switch (delta.type) {
        case "item.added":
          return begin(delta.index, delta.item);
        case "item.done":
          return finish(delta.index, delta.item);
        default: {
          const index = output.size() + delta.index;
          return held.pass(index, writers.get(index)?.append(toPiece(delta)) ?? []);
        }
      }
    },
    acceptEvent(event) {
      const late = event.type === "ModelCallCompleted" ? event.data.output.flatMap((item, at) => finish(at, item)) : [];
      return [...late, ...change(event)];
    },
    close: () => [...output.close().flatMap(settle), ...held.releaseAll()],
  };
}

/** The events by which it is known whether a call waits for an approval. */
type DecisiveEvent = EventOf<"ApprovalRequested" | "ToolCallStarted" | "ToolCallDenied" | "ToolCallSucceeded">;

function isDecisive(event: RecordedEvent): event is DecisiveEvent {
  switch (event.type) {
    case "ApprovalRequested":
    case "ToolCallStarted":
    case "ToolCallDenied":
    case "ToolCallSucceeded":
      return true;
    default:
      return false;
  }
}

function toPiece(delta: Exclude<RunDelta, { type: "item.added" | "item.done" }>): TextPiece {
  switch (delta.type) {
    case "text.delta":
      return { kind: "text", part: delta.contentIndex, delta: delta.delta };
    case "refusal.delta":
      return { kind: "refusal", part: delta.contentIndex, delta: delta.delta };
    case "arguments.delta":
      return { kind: "arguments", part: 0, delta: delta.delta };
    case "reasoning.delta":
      return { kind: "summary", part: delta.summaryIndex, delta: delta.delta };
  }
}
