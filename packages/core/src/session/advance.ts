import type { EventDraft, RecordedEvent } from "../events/catalogue.ts";
import { evolve } from "./evolve.ts";
import { toIntents } from "./intents.ts";
import { nextStep } from "./next-step.ts";
import { currentDefinition } from "./run-definition.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { SessionState } from "./session-state.ts";
import type { Step } from "./step.ts";

/** Something to carry out once the events that announce it are in the log. */
export type Effect =
  | Extract<Step, { type: "callModel" | "callTools" | "reconcileTools" }>
  /** Wait before the next attempt; nothing is announced before it is over. */
  | { readonly type: "delay"; readonly delayMs: number };

/** What follows from something that happened: the events to append at once, and what to carry out after. */
export interface Advance {
  readonly state: SessionState;
  readonly events: readonly RecordedEvent[];
  readonly effects: readonly Effect[];
}

/** What happened, and how a draft becomes an event of this stream. */
export interface AdvanceInput {
  readonly state: SessionState;
  readonly observed: readonly EventDraft[];
  readonly definition: RunDefinition;
  /** Whether the delay before the next attempt is over. */
  readonly delayOver: boolean;
  /** Gives a draft its identity, as the so-many-th event of this append, and those that come with it theirs. */
  readonly stamp: (draft: EventDraft, index: number) => readonly RecordedEvent[];
}

/**
 * Folds what happened and everything that follows from it without an effect, up to and including the intents of the next
 * effects. All of it is one append: fewer commits, and never an outcome in the log without its consequences.
 */
export function advance(options: AdvanceInput): Advance {
  const { state, observed, delayOver, stamp } = options;
  const events: RecordedEvent[] = [];
  const effects: Effect[] = [];
  let current = state;
  const takeIn = (draft: EventDraft): readonly RecordedEvent[] => {
    const stamped = stamp(draft, events.length);
    events.push(...stamped);
    return stamped;
  };
  const fold = (drafts: readonly EventDraft[]): void => {
    for (const event of drafts.flatMap((draft) => takeIn(draft))) current = evolve(current, event);
  };
  fold(observed);
  for (;;) {
    const definition = currentDefinition(options.definition, current.active);
    const step = nextStep(current, definition);
    if (step.type === "rest" || step.type === "wait") break;
    if (step.type === "callModel" && step.delayMs > 0 && !delayOver) {
      effects.push({ type: "delay", delayMs: step.delayMs });
      break;
    }
    fold(toIntents(step, definition));
    if (isEffect(step)) effects.push(step);
    if (step.type === "reconcileTools") break;
  }
  return { state: current, events, effects };
}

function isEffect(step: Step): step is Exclude<Effect, { type: "delay" }> {
  if (step.type === "callTools") return step.calls.length > 0;
  return step.type === "callModel" || step.type === "reconcileTools";
}
