import type { RunLimits, TreeLimits } from "../agent/define-agent.ts";
import type { RecordedEvent } from "../events/catalogue.ts";
import { addSpent, isAsking, nothingSpent, tokensOf } from "../session/spent.ts";
import type { ActiveRun } from "../session/session-state.ts";
import type { Spent } from "../session/spent.ts";

/** Why a tree of runs was stopped. */
export class TreeLimitReached extends Error {}

/** What a run and all runs below it may use up together. What is spent counts for every tree it is part of. */
export class TreeBudget {
  readonly #limits: TreeLimits;
  readonly #above: TreeBudget | undefined;
  readonly #stop = new AbortController();
  #spent: Spent = nothingSpent;

  constructor(limits: RunLimits, above?: TreeBudget) {
    const { tree = {} } = limits;
    this.#limits = above === undefined ? { ...defaultsOf(limits), ...tree } : tree;
    this.#above = above;
  }

  /** Aborts when a limit is passed, with a {@link TreeLimitReached}. */
  get signals(): readonly AbortSignal[] {
    return [this.#stop.signal, ...(this.#above?.signals ?? [])];
  }

  /** Counts what was used up, also before this process took the run up. */
  add(spent: Spent): void {
    this.#spent = addSpent(this.#spent, spent);
    this.#check();
    this.#above?.add(spent);
  }

  #check(): void {
    for (const name of ["modelCalls", "toolCalls", "tokens", "costMicroUsd"] as const) {
      const limit = this.#limits[name];
      if (limit === undefined || this.#spent[name] <= limit) continue;
      const message = `The run and those below it have used ${this.#spent[name]} of ${name}; their limit is ${limit} (limits.tree.${name}).`;
      this.#stop.abort(new TreeLimitReached(message));
    }
  }
}

// Each agent alone is limited, but agents that ask agents would multiply. What is below a run is limited by what that run may do.
function defaultsOf({ modelCalls, toolCalls }: RunLimits): TreeLimits {
  return { modelCalls: Math.max(64, 4 * modelCalls), toolCalls: Math.max(256, 4 * toolCalls) };
}

/** Tells what a run's events say was used up, as the fold counts it. */
export class SpendingMeter {
  #isAsking: boolean;

  constructor(active: ActiveRun | undefined) {
    this.#isAsking = active !== undefined && isAsking(active);
  }

  /** What an event adds. A call counts when it starts, so that none begins over the limit unnoticed, and its retries do not. */
  read(event: RecordedEvent): Spent | undefined {
    switch (event.type) {
      case "ModelCallStarted": {
        const modelCalls = this.#isAsking ? 0 : 1;
        this.#isAsking = true;
        return { ...nothingSpent, modelCalls };
      }
      case "ModelCallCompleted": {
        this.#isAsking = false;
        const { usage, costMicroUsd = 0 } = event.data;
        return { ...nothingSpent, tokens: usage === undefined ? 0 : tokensOf(usage), costMicroUsd };
      }
      case "ToolCallStarted":
        return { ...nothingSpent, toolCalls: event.data.attempt === 1 ? 1 : 0 };
      default:
        return undefined;
    }
  }
}
