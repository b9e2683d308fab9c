import { deepStrictEqual } from "node:assert";
import type { Agent } from "../agent/define-agent.ts";
import type { EventDraft, RecordedEvent } from "../events/catalogue.ts";
import { createStamp } from "../run/event-stamp.ts";
import { evolve } from "../session/evolve.ts";
import { toIntents } from "../session/intents.ts";
import { nextStep } from "../session/next-step.ts";
import { toRunDefinition } from "../session/run-definition.ts";
import { initialState } from "../session/session-state.ts";
import type { SessionState } from "../session/session-state.ts";
import type { Step } from "../session/step.ts";

/** A session given by its events, for specifications of the pure core: given these, when the agent decides, expect that. */
export interface SessionSpecification {
  readonly state: SessionState;
  readonly events: readonly RecordedEvent[];
  /** What the agent would do next. */
  when(agent: Agent): StepSpecification;
}

/** A decision, to be looked at. */
export interface StepSpecification {
  readonly step: Step;
  /** Fails unless the step puts exactly these events in the log first. */
  expect(...expected: readonly EventDraft[]): void;
}

/** The run of the events that {@link given} makes. */
const run = "run";

/** Folds events that are given as type and data. A `RunStarted` among them must be that of run `run`. */
export function given(...drafts: readonly EventDraft[]): SessionSpecification {
  let state = initialState("specification");
  const events: RecordedEvent[] = [];
  for (const draft of drafts) {
    const stamped = createStamp({ state, time: 0, writer: "writer", run })(draft, 0);
    state = stamped.reduce(evolve, state);
    events.push(...stamped);
  }
  return {
    state,
    events,
    when(agent) {
      const definition = toRunDefinition(agent, {});
      const step = nextStep(state, definition);
      return { step, expect: (...expected) => deepStrictEqual(toIntents(step, definition), expected) };
    },
  };
}
