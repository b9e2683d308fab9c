import * as fc from "fast-check";
import { kinds, makeCardNumber, makeKnownPlant, makeKnownValues, makePlant, type Plant } from "./plants.ts";
import { createRandom } from "./random.ts";

/** Where texts and numbers come from in which something is planted. */
export interface PlantSource {
  /** Values that a detector has to be told of. */
  readonly known: readonly string[];
  /** Everything that was planted so far, by what must not be found. */
  readonly planted: ReadonlyMap<string, Plant>;
  /** A text with a plant in it, of at most so many units. */
  text(longest?: number): fc.Arbitrary<string>;
  /** A value that only the name of its field tells. */
  field(): fc.Arbitrary<readonly [name: string, value: string]>;
  /** A number that tells a person. */
  number(): fc.Arbitrary<number>;
}

const fieldNames = ["password", "api_key", "clientSecret", "access_token"];

/** Neither long enough for an identifier. */
const longKinds = ["private key", "json web token"];
const shortKinds = kinds.filter((kind) => !longKinds.includes(kind));

/** What stands around a plant: words and signs; no digits, which could be a part of it, and no word that explains it away. */
const around = fc.oneof(
  fc.constantFrom("", "please", "für Ärzte", "—", "🔑", "\n\n", 'it\'s "so"', "[[", "\\", "<b>", "{", "],"),
  fc.stringMatching(/^[^\dA-Za-z]{0,6}$/),
);

/** What stands right beside a plant: the marks of prose, of Markdown, of markup, of tables and of code. */
const enclosures: readonly (readonly [before: string, after: string])[] = [
  ["", ""],
  ['"', '"'],
  ["'", "'"],
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["<", ">"],
  ["`", "`"],
  ["**", "**"],
  ["“", "”"],
  ["", "."],
  ["a, ", ", b"],
  ["a;", ";b"],
  ["| ", " |"],
  ["\n", "\r\n"],
  ["=>", ""],
  ["<td>", "</td>"],
  ["値は", "です"],
];

/** Makes a source. */
export function createPlantSource(seed: number): PlantSource {
  const planted = new Map<string, Plant>();
  const known = makeKnownValues(createRandom(seed), 40);
  const register = (plant: Plant): Plant => {
    planted.set(plant.value, plant);
    return plant;
  };
  // Nothing in a plant can be made simpler, so that it is made of a seed alone.
  const seeds = fc.noShrink(fc.nat());
  const plantOf = (from: readonly string[]): fc.Arbitrary<Plant> =>
    fc.tuple(fc.constantFrom(...from, "known"), seeds).map(([kind, chance]) => {
      const random = createRandom(chance);
      return register(kind === "known" ? makeKnownPlant(random.pick(known), random) : makePlant(kind, random));
    });
  return {
    known,
    planted,
    text(longest = Number.POSITIVE_INFINITY) {
      const isShort = longest < 1_000;
      const written = fc
        .tuple(around, plantOf(isShort ? shortKinds : kinds), around, fc.constantFrom(...enclosures))
        .map(([before, { text }, after, [open, close]]) =>
          [before, open + text + close, after].filter((part) => part !== "").join(" "),
        );
      return isShort ? written : written.chain((text) => fc.constantFrom(...inForms(text)));
    },
    field: () =>
      fc.tuple(fc.constantFrom(...fieldNames), seeds).map(([name, chance]) => {
        const kind = name === "password" ? "assigned password" : "assigned key";
        const { value } = register(makePlant(kind, createRandom(chance)));
        return [name, value] as const;
      }),
    number: () =>
      seeds.map((chance) => {
        const value = makeCardNumber(createRandom(chance));
        register({ kind: "number of a card", text: String(value), value: String(value) });
        return value;
      }),
  };
}

/** A text by itself, and in the places of JSON within a text, where a tool's arguments and answers have it. */
function inForms(text: string): readonly string[] {
  const inJson = JSON.stringify({ note: text, ok: true });
  return [text, text, inJson, JSON.stringify([{ [text]: 1 }]), JSON.stringify({ body: inJson }), JSON.stringify(text)];
}
