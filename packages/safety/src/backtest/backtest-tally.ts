import type { RecordedEvent } from "@agentkit/core";
import { sessionOfStream, surfaceSchema } from "@agentkit/core";
import type { Surface } from "../policy/verdict.ts";
import type { BacktestExample, BacktestReport, RuleChanges, SurfaceChanges } from "./backtest-report.ts";
import { type Change, changes, toCounts } from "./change.ts";

/** What changes for one text or decision. */
export interface FoundChange {
  readonly change: Change;
  readonly surface: Surface;
  readonly rules: readonly string[];
  readonly event: RecordedEvent;
  /** Makes the excerpt of an example, where one is still wanted. */
  readonly toExcerpt?: () => string | undefined;
}

/** Counts what a back-test finds, in memory that does not grow with the log. */
export class BacktestTally {
  readonly #examplesEach: number;
  readonly #surfaces = new Map<Surface, SurfaceTally>();
  readonly #rules = new Map<string, RuleTally>();
  readonly #examples: BacktestExample[] = [];

  constructor(examplesEach: number) {
    this.#examplesEach = examplesEach;
  }

  countText(surface: Surface): void {
    this.#surfaceOf(surface).texts += 1;
  }

  countWithheld(surface: Surface): void {
    this.#surfaceOf(surface).withheld += 1;
  }

  /** Counts a text on which rules act, under the one policy or the other. */
  countActing(surface: Surface, rules: Iterable<string>, policy: "before" | "after"): void {
    for (const rule of rules) this.#ruleOf(surface, rule)[policy] += 1;
  }

  countChange(found: FoundChange): void {
    const { change, surface, rules } = found;
    const tally = this.#surfaceOf(surface);
    const count = add(tally.newly, change);
    for (const rule of rules) add(this.#ruleOf(surface, rule).newly, change);
    if (count <= this.#examplesEach) this.#examples.push(toExample(found));
  }

  report(): Pick<BacktestReport, "surfaces" | "rules" | "examples"> {
    return {
      surfaces: Array.from(this.#surfaces, toSurfaceChanges).toSorted((left, right) => place(left) - place(right)),
      rules: Array.from(this.#rules.values(), (tally) => this.#toRuleChanges(tally)).toSorted(
        (left, right) => place(left) - place(right),
      ),
      examples: this.#examples.toSorted(
        (left, right) => place(left) - place(right) || changes.indexOf(left.change) - changes.indexOf(right.change),
      ),
    };
  }

  #toRuleChanges({ surface, rule, before, after, newly }: RuleTally): RuleChanges {
    const { texts, withheld } = this.#surfaceOf(surface);
    return { surface, rule, before, after, ...toNumbers(newly, texts + withheld) };
  }

  #surfaceOf(surface: Surface): SurfaceTally {
    const known = this.#surfaces.get(surface);
    if (known !== undefined) return known;
    const tally = { texts: 0, withheld: 0, newly: new Map<Change, number>() };
    this.#surfaces.set(surface, tally);
    return tally;
  }

  #ruleOf(surface: Surface, rule: string): RuleTally {
    const key = JSON.stringify([surface, rule]);
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const tally = { surface, rule, before: 0, after: 0, newly: new Map<Change, number>() };
    this.#rules.set(key, tally);
    return tally;
  }
}

interface SurfaceTally {
  texts: number;
  withheld: number;
  readonly newly: Map<Change, number>;
}

interface RuleTally {
  readonly surface: Surface;
  readonly rule: string;
  before: number;
  after: number;
  readonly newly: Map<Change, number>;
}

/** As a run meets them. */
const surfaceOrder: readonly Surface[] = surfaceSchema.options;

function place({ surface }: { readonly surface: Surface }): number {
  return surfaceOrder.indexOf(surface);
}

function add(counts: Map<Change, number>, change: Change): number {
  const count = (counts.get(change) ?? 0) + 1;
  counts.set(change, count);
  return count;
}

function toSurfaceChanges([surface, { texts, withheld, newly }]: readonly [Surface, SurfaceTally]): SurfaceChanges {
  return { surface, texts, withheld, ...toNumbers(newly, texts + withheld) };
}

function toNumbers(counts: ReadonlyMap<Change, number>, all: number): Pick<SurfaceChanges, "newly" | "rates"> {
  const count = (change: Change): number => counts.get(change) ?? 0;
  return { newly: toCounts(count), rates: toCounts((change) => (all === 0 ? 0 : count(change) / all)) };
}

function toExample({ change, surface, rules, event, toExcerpt }: FoundChange): BacktestExample {
  const excerpt = toExcerpt?.();
  const { stream, revision, meta } = event;
  const session = meta.session ?? sessionOfStream(stream);
  return { change, surface, rules, session, stream, revision, ...(excerpt !== undefined && { excerpt }) };
}
