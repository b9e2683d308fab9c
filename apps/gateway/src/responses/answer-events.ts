import type { EventData, EventOf, Item, RecordedEvent, RunDelta } from "@agentkit/core";
import { createHeldEvents } from "./held-events.ts";
import { createItemWriter } from "./item-writer.ts";
import type { ItemWriter } from "./item-writer.ts";
import type { OutputFold } from "./output-fold.ts";
import { toOutputItem } from "./output-item.ts";
import type { OutputContext } from "./output-item.ts";
import { beginOutput, toOutputContext } from "./response-object.ts";
import type { RunRecord } from "./response-object.ts";
import type { EventBody, TextPiece } from "./text-writer.ts";

/** Tells the items of a response and the outcomes of its tools. */
export class AnswerEvents {
  readonly #context: OutputContext;
  readonly #output: OutputFold;
  readonly #writers = new Map<number, ItemWriter>();
  readonly #finished = new Set<number>();
  // A call of a tool may turn out to wait for an approval, one of the caller's functions to be blocked, and is then another item:
  // until then nothing is told of it.
  readonly #held = createHeldEvents();
  readonly #guarded: boolean;

  constructor(record: RunRecord) {
    this.#context = toOutputContext(record);
    this.#output = beginOutput(record, this.#context);
    this.#guarded = record.guarded;
  }

  acceptDelta(delta: RunDelta): readonly EventBody[] {
    switch (delta.type) {
      case "item.added":
        return this.#begin(delta.index, delta.item);
      case "item.done":
        return this.#finish(delta.index, delta.item);
      default: {
        const index = this.#output.size() + delta.index;
        return this.#held.pass(index, this.#writers.get(index)?.append(toPiece(delta)) ?? []);
      }
    }
  }

  acceptEvent(event: RecordedEvent): readonly EventBody[] {
    const finished = event.type === "ModelCallCompleted" ? event.data.output : [];
    const late = finished.flatMap((item, at) => this.#finish(at, item));
    const decided = this.#placeDecided(event);
    const { added, settled } = this.#output.accept(event);
    const told = [
      ...added.flatMap((index) => this.#add(index)),
      ...(settled === undefined ? [] : this.#settle(settled)),
    ];
    const known = [...new Set([decided, settled])];
    return [...late, ...told, ...known.flatMap((index) => this.#held.release(index))];
  }

  /** The place of the call of which an event says what it is. */
  #placeDecided(event: RecordedEvent): number | undefined {
    if (event.type !== "ModerationDecided")
      return isDecisive(event) ? this.#output.placeOf(event.data.callId) : undefined;
    return letsThrough(event.data) ? this.#output.placeForCaller(event.data.callId ?? "") : undefined;
  }

  /** Ends the tool calls that have no outcome. An item that the model did not finish stays unfinished. */
  close(): readonly EventBody[] {
    return [...this.#output.close().flatMap((index) => this.#settle(index)), ...this.#held.releaseAll()];
  }

  // `local` counts within one model call; the output's size is what earlier calls have added.
  #begin(local: number, item: Item): readonly EventBody[] {
    const index = this.#output.size() + local;
    if (this.#writers.has(index)) return [];
    return this.#held.pass(index, this.#write(index, toOutputItem(item, index, this.#context)).begin());
  }

  #write(index: number, shown: Item): ItemWriter {
    if (shown.type === "mcp_call" || (this.#guarded && shown.type === "function_call")) this.#held.hold(index);
    const writer = createItemWriter(index, shown);
    this.#writers.set(index, writer);
    return writer;
  }

  #finish(local: number, item: Item): readonly EventBody[] {
    const index = this.#output.size() + local;
    if (this.#finished.has(index)) return [];
    const begun = this.#begin(local, item);
    this.#finished.add(index);
    const told = this.#writers.get(index)?.finish(toOutputItem(item, index, this.#context)) ?? [];
    return [...begun, ...this.#held.pass(index, told)];
  }

  #add(index: number): readonly EventBody[] {
    const item = this.#output.item(index);
    return item === undefined ? [] : this.#held.pass(index, this.#whole(index, item));
  }

  #whole(index: number, item: Item): readonly EventBody[] {
    const writer = this.#write(index, item);
    return [...writer.begin(), ...writer.finish(item)];
  }

  #settle(index: number): readonly EventBody[] {
    const item = this.#output.item(index);
    if (item === undefined) return [];
    const writer = this.#writers.get(index);
    if (writer?.itemType === item.type) return this.#held.pass(index, writer.settle(item));
    const told = this.#whole(index, item);
    const settled = item.type === "mcp_call" ? (this.#writers.get(index)?.settle(item) ?? []) : [];
    return this.#held.replace(index, [...told, ...settled]);
  }
}

/** Whether the arguments of a call may go to whoever runs it. */
function letsThrough({ surface, verdict, mode }: EventData<"ModerationDecided">): boolean {
  return surface === "tool_arguments" && mode === "enforce" && verdict !== "block" && verdict !== "require_approval";
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
