import type { Item, ModelStreamPart } from "@agentkit/core";
import type { Exchange } from "./exchange.ts";
import { isItem } from "./json-object.ts";
import { type ItemText, textsOf, toDeltaPart } from "./item-text.ts";
import { toProtocolError } from "./protocol-error.ts";

/** One item of an answer while it streams: what has come of it, and whether that adds up. */
export interface OutputItem {
  /** The item as it was finished; undefined until then. */
  readonly finished: Item | undefined;
  append(piece: ItemText): readonly ModelStreamPart[];
  /** Compares a text that the server calls whole with what was streamed of it. */
  check(whole: ItemText): readonly ModelStreamPart[];
  finish(item: Item): readonly ModelStreamPart[];
  /** Whether the final event lists the same item. */
  agrees(listed: Item | undefined): boolean;
}

/** Starts an item of the given type at the given place of the answer's output. */
export function createOutputItem(exchange: Exchange, index: number, type: string): OutputItem {
  const streamed = new Map<string, string>();
  let finished: Item | undefined;

  const requireOpen = (): void => {
    if (finished !== undefined) throw toProtocolError(exchange, `output item ${index} went on after its end`);
  };

  return {
    get finished() {
      return finished;
    },
    append(piece) {
      requireOpen();
      const key = keyOf(piece);
      streamed.set(key, (streamed.get(key) ?? "") + piece.text);
      return toParts(index, [piece]);
    },
    check(whole) {
      requireOpen();
      const text = streamed.get(keyOf(whole));
      if (text !== undefined && text !== whole.text) throw mismatch(exchange, index, whole);
      return [];
    },
    finish(item) {
      requireOpen();
      if (item.type !== type) {
        throw toProtocolError(exchange, `output item ${index} began as '${type}' and ended as '${item.type}'`);
      }
      const unsent = takeUnsent(item, streamed);
      if (unsent === undefined)
        throw toProtocolError(exchange, `the pieces of output item ${index} do not add up to it`);
      finished = item;
      return [...toParts(index, unsent), { type: "item.done", index, item }];
    },
    agrees(listed) {
      return finished !== undefined && isItem(listed) && describe(listed) === describe(finished);
    },
  };
}

/**
 * The texts of a finished item of which no piece was streamed, because some servers send short texts whole. Undefined
 * when a text was streamed in part or differently.
 */
function takeUnsent(item: Item, streamed: ReadonlyMap<string, string>): readonly ItemText[] | undefined {
  const rest = new Map(streamed);
  const unsent: ItemText[] = [];
  for (const piece of textsOf(item)) {
    const text = rest.get(keyOf(piece));
    rest.delete(keyOf(piece));
    if (text === undefined) unsent.push(piece);
    else if (text !== piece.text) return undefined;
  }
  // What was streamed and is not in the item must at least have said nothing.
  return [...rest.values()].every((text) => text === "") ? unsent.filter((piece) => piece.text !== "") : undefined;
}

function toParts(index: number, pieces: readonly ItemText[]): readonly ModelStreamPart[] {
  return pieces.map((piece) => toDeltaPart(index, piece)).filter((part) => part !== undefined);
}

function keyOf(piece: ItemText): string {
  return `${piece.kind} ${piece.place}`;
}

/** What two tellings of one item must have in common; ids and encrypted content may differ between them. */
function describe(item: Item): string {
  return JSON.stringify([item.type, item["call_id"], item["name"], textsOf(item)]);
}

function mismatch(exchange: Exchange, index: number, whole: ItemText): Error {
  return toProtocolError(
    exchange,
    `the pieces of ${whole.kind} ${whole.place} of output item ${index} do not add up to it`,
  );
}
