import type { CallDefinition } from "../agent/call-definition.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import type { ContentHash } from "../json/content-hash.ts";
import { isFunctionCallOutput } from "../model/items.ts";
import type { Item } from "../model/items.ts";
import type { ModelRequest } from "../model/model.ts";
import type { ContextWindow } from "./context-window.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";

/** The part of a session's history that a request carries, as sequence numbers of its first and last event. */
export interface ContextRange {
  readonly from: number;
  readonly to: number;
}

/** Chooses what part of the conversation the next request carries. */
export function chooseContext(state: SessionState, active: ActiveRun, window: ContextWindow): ContextRange {
  if (active.view !== undefined) return { from: active.turn.from, to: active.turn.to };
  const first = state.turns.at(window.firstTurn(state.turns, active.turn));
  return { from: first?.from ?? active.turn.from, to: active.turn.to };
}

/** The items of the turns within a range, in order; of the current run, those that its agent sees. */
export function itemsWithin(state: SessionState, range: ContextRange): readonly Item[] {
  const turns: (readonly Item[])[] = state.active === undefined ? [] : [visibleItems(state.active)];
  for (let index = state.turns.length - 1; index >= 0; index -= 1) {
    const turn = state.turns.at(index);
    if (turn === undefined || turn.from < range.from) break;
    turns.push([...turn.items]);
  }
  return turns.toReversed().flat();
}

function visibleItems({ turn, view }: ActiveRun): readonly Item[] {
  if (view === undefined) return [...turn.items];
  const items = turn.items.toArray();
  // Outputs in the prompt answer calls of a turn that is out of view.
  const prompt = items.slice(0, view.prompt).filter((item) => !isFunctionCallOutput(item));
  return [...prompt, ...view.passedOn, ...items.slice(view.from)];
}

/** Puts a request together from what is told and what was said. */
export function toModelRequest(definition: CallDefinition, input: readonly Item[]): ModelRequest {
  const { model, instructions, tools, settings } = definition;
  return {
    model,
    ...(instructions !== undefined && { instructions }),
    input,
    ...(tools.length > 0 && { tools }),
    ...(Object.keys(settings).length > 0 && { settings }),
  };
}

// An item never changes once it is folded, so its canonical text is made once.
const itemTexts = new WeakMap<Item, string>();

/**
 * The SHA-256 of a request's canonical JSON. Equal to `contentHash(canonicalJson(request))`, without writing items again
 * that earlier requests carried.
 */
export function requestHash(request: ModelRequest): ContentHash {
  const { input, ...rest } = request;
  // Keys are sorted, and "input" comes before "instructions", "model", "settings" and "tools": it is the first member.
  const tail = canonicalJson(rest).slice(1);
  return contentHash(`{"input":[${input.map(itemText).join(",")}],${tail}`);
}

/** An item's canonical JSON. Throws `json_not_canonical`. */
export function itemText(item: Item): string {
  const known = itemTexts.get(item);
  if (known !== undefined) return known;
  const text = canonicalJson(item);
  itemTexts.set(item, text);
  return text;
}
