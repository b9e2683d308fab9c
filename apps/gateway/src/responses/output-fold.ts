import { isFunctionCall } from "@agentkit/core";
import type { EventOf, FunctionCallItem, Item, RecordedEvent } from "@agentkit/core";
import { toOutputItem } from "./output-item.ts";
import type { OutputContext } from "./output-item.ts";
import { toPromptBlock, toRefusal } from "./prompt-refusal.ts";
import { settleCall, toServerCall } from "./server-call.ts";
import type { OutcomeEvent, ServerCall } from "./server-call.ts";

/** What an event did to the output, beside the items of a model call. */
export interface OutputChange {
  /** The places of the items that it added. */
  readonly added: readonly number[];
  /** The place of the call that it settled, or put a request for an approval in the place of. */
  readonly settled?: number | undefined;
}

const unchanged: OutputChange = { added: [] };

/** The output of a run's response, folded from its events: the items of all its model calls in order. */
export class OutputFold {
  readonly #context: OutputContext;
  readonly #items: Item[] = [];
  readonly #open = new Map<string, { readonly index: number; readonly call: ServerCall }>();
  /** The calls that the model made, for those that are shown again. */
  readonly #calls = new Map<string, FunctionCallItem>();
  /** The calls of the caller's functions, with their places. */
  readonly #forCaller = new Map<string, number>();
  readonly #asked = new Map<string, { readonly item: Item; shown: boolean }>();
  readonly #carried = new Set<string>();
  #blocked: EventOf<"ModerationDecided"> | undefined;

  constructor(context: OutputContext) {
    this.#context = context;
  }

  /** The items so far. */
  items(): readonly Item[] {
    return [...this.#items];
  }

  /** The item at a place. */
  item(index: number): Item | undefined {
    return this.#items[index];
  }

  /** How many there are. */
  size(): number {
    return this.#items.length;
  }

  /** The place of a call that is shown and has no outcome yet. */
  placeOf(callId: string): number | undefined {
    return this.#open.get(callId)?.index;
  }

  /** The place of a call of one of the caller's functions. */
  placeForCaller(callId: string): number | undefined {
    return this.#forCaller.get(callId);
  }

  /** Folds one event in. */
  accept(event: RecordedEvent): OutputChange {
    this.#blocked ??= toPromptBlock(event);
    switch (event.type) {
      case "ModelCallCompleted":
        for (const item of event.data.output) this.#add(item);
        return unchanged;
      case "ToolCallSucceeded":
      case "ToolCallFailed":
      case "ToolCallDenied":
      case "ToolCallOutcomeUnknown":
        return this.#settle(event);
      case "ApprovalRequested":
        return this.#ask(event);
      case "ToolCallApproved":
        return this.#approve(event);
      case "RunSuspended":
        return this.#suspend(event);
      case "RunCompleted":
        return this.#complete(event);
      default:
        return unchanged;
    }
  }

  /** Begins the output of the run's next response; what is open is shown there again once it is decided or has an outcome. */
  nextPart(): void {
    for (const callId of this.#open.keys()) this.#carried.add(callId);
    this.#open.clear();
    this.#forCaller.clear();
    this.#items.length = 0;
    for (const entry of this.#asked.values()) entry.shown = false;
  }

  /** Closes the calls that have no outcome, because the run is over or waits for a person; returns their places. */
  close(): readonly number[] {
    const left = [...this.#open.values()];
    for (const { index, call } of left) this.#items[index] = { ...call, status: "incomplete" };
    return left.map(({ index }) => index);
  }

  #push(item: Item): number {
    return this.#items.push(item) - 1;
  }

  #add(item: Item): void {
    const shown = toOutputItem(item, this.#items.length, this.#context);
    const index = this.#push(shown);
    if (!isFunctionCall(item)) return;
    this.#calls.set(item.call_id, item);
    if (isServerCall(shown)) this.#open.set(item.call_id, { index, call: shown });
    else this.#forCaller.set(item.call_id, index);
  }

  /** Shows a call of an earlier response. */
  #addAgain(callId: string, changed: Partial<ServerCall>, edited?: string): OutputChange {
    const item = this.#calls.get(callId);
    if (item === undefined) return unchanged;
    this.#carried.delete(callId);
    const id = this.#context.toId("mcp", this.#items.length);
    const shown = this.#context.toShownArguments(item.name, edited ?? item.arguments);
    const call = { ...toServerCall(item, id, shown), ...changed };
    const index = this.#push(call);
    this.#open.set(callId, { index, call });
    return { added: [index] };
  }

  #settle(event: OutcomeEvent): OutputChange {
    const { callId } = event.data;
    if (this.#forCaller.has(callId)) this.#takeFromCaller(callId);
    const isEarlier = this.#carried.has(callId) || this.#asked.has(callId);
    const { added } = isEarlier ? this.#addAgain(callId, this.#takeAnswered(callId)) : unchanged;
    const entry = this.#open.get(callId);
    if (entry === undefined) return { added };
    const settled = settleCall(entry.call, event);
    if (settled === entry.call) return { added };
    this.#items[entry.index] = settled;
    this.#open.delete(callId);
    return { added, settled: entry.index };
  }

  /** A call that the engine settles is none that its caller may run: it is shown as the server's. */
  #takeFromCaller(callId: string): void {
    const index = this.#forCaller.get(callId);
    const item = this.#calls.get(callId);
    this.#forCaller.delete(callId);
    if (index === undefined || item === undefined) return;
    const shown = this.#context.toShownArguments(item.name, item.arguments);
    this.#open.set(callId, { index, call: toServerCall(item, this.#context.toId("mcp", index), shown) });
  }

  #takeAnswered(callId: string): Partial<ServerCall> {
    const id = this.#asked.get(callId)?.item["id"];
    this.#asked.delete(callId);
    return { approval_request_id: typeof id === "string" ? id : null };
  }

  #ask({ data }: EventOf<"ApprovalRequested">): OutputChange {
    const item = this.#context.toApprovalItem(data, this.#calls.get(data.callId)?.arguments ?? "");
    if (item === undefined) return unchanged;
    const entry = this.#open.get(data.callId);
    this.#asked.set(data.callId, { item, shown: entry !== undefined });
    if (entry === undefined) return unchanged;
    this.#items[entry.index] = item;
    this.#open.delete(data.callId);
    return { added: [], settled: entry.index };
  }

  #approve({ data }: EventOf<"ToolCallApproved">): OutputChange {
    const { callId, arguments: edited } = data;
    if (!this.#asked.has(callId)) return unchanged;
    return this.#addAgain(callId, this.#takeAnswered(callId), edited);
  }

  /** No model answers a prompt that is blocked: what says so stands in the answer's place. */
  #complete({ data }: EventOf<"RunCompleted">): OutputChange {
    if (this.#blocked === undefined || data.reason !== "content_filter") return unchanged;
    const id = this.#context.toId("msg", this.#items.length);
    return { added: [this.#push(toRefusal(this.#blocked, id))] };
  }

  /** A response that ends asks for everything that its run, and those below it, wait for. */
  #suspend(event: EventOf<"RunSuspended">): OutputChange {
    const waiting = [...this.#asked.values()].filter(({ shown }) => !shown);
    for (const entry of waiting) entry.shown = true;
    const requests = [...waiting.map(({ item }) => item), ...(this.#context.below.get(event.id) ?? [])];
    return { added: requests.map((item) => this.#push(item)) };
  }
}

function isServerCall(item: Item): item is ServerCall {
  return item.type === "mcp_call";
}
