import { kinds, makeKnownPlant, makeKnownValues, makePlant, type Plant } from "./plants.ts";
import { createRandom } from "./random.ts";

/** Plants one thing after the other, each another one. */
export interface Planter {
  readonly known: readonly string[];
  /** Everything that was planted so far, by what must not be found. */
  readonly planted: ReadonlyMap<string, Plant>;
  /** The text of a plant of the next kind. */
  next(): string;
  /** The text of a plant of this kind. */
  of(kind: string): string;
}

/** Makes a planter. */
export function createPlanter(seed: number): Planter {
  const random = createRandom(seed);
  const planted = new Map<string, Plant>();
  const known = makeKnownValues(random, 20);
  let made = 0;
  const register = (plant: Plant): string => {
    planted.set(plant.value, plant);
    return plant.text;
  };
  const of = (kind: string): string => register(makePlant(kind, random));
  return {
    known,
    planted,
    of,
    next() {
      made += 1;
      const kind = kinds[made % (kinds.length + 1)];
      return kind === undefined ? register(makeKnownPlant(random.pick(known), random)) : of(kind);
    },
  };
}
