import type { JsonObject, JsonValue } from "@agentkit/core";

/** Deeper than this a schema that refers to itself is cut off. */
const maxDepth = 12;

/** A small value that fits a JSON Schema; `words` is what its strings say where they may. Deterministic. */
export function sampleValue(schema: JsonValue | undefined, words: string): JsonValue {
  return sample(schema, { words, root: isObject(schema) ? schema : {}, depth: 0 });
}

interface Context {
  readonly words: string;
  readonly root: JsonObject;
  readonly depth: number;
}

function sample(schema: JsonValue | undefined, context: Context): JsonValue {
  if (!isObject(schema) || context.depth > maxDepth) return null;
  const inner = { ...context, depth: context.depth + 1 };
  const given = givenValue(schema);
  if (given !== undefined) return given;
  const target = schema["$ref"] ?? undefined;
  if (typeof target === "string") return sample(resolve(target, context.root), inner);
  const options = firstList(schema["anyOf"], schema["oneOf"], schema["allOf"]);
  if (options !== undefined) return sample(simplest(options), inner);
  return sampleType(schema, inner);
}

function givenValue(schema: JsonObject): JsonValue | undefined {
  if (schema["const"] !== undefined) return schema["const"];
  return isList(schema["enum"]) ? schema["enum"][0] : schema["default"];
}

function resolve(reference: string, root: JsonObject): JsonValue | undefined {
  let place: JsonValue | undefined = root;
  for (const key of reference.replace(/^#\/?/, "").split("/")) {
    if (key !== "") place = isObject(place) ? place[key] : undefined;
  }
  return place;
}

/** A schema that refers to itself has a way out among its options: the one without a reference. */
function simplest(options: readonly JsonValue[]): JsonValue | undefined {
  return options.find((option) => isObject(option) && option["$ref"] === undefined) ?? options[0];
}

function sampleType(schema: JsonObject, context: Context): JsonValue {
  switch (typeOf(schema)) {
    case "object":
      return sampleObject(schema, context);
    case "array":
      return Array.from({ length: toNumber(schema["minItems"], 0) }, () => sample(schema["items"], context));
    case "string":
      return sampleString(schema, context.words);
    case "integer":
    case "number":
      return sampleNumber(schema);
    case "boolean":
      return true;
    default:
      return null;
  }
}

function typeOf(schema: JsonObject): JsonValue | undefined {
  const { type } = schema;
  if (isList(type)) return type.find((name) => name !== "null") ?? "null";
  return type ?? (schema["properties"] === undefined ? undefined : "object");
}

function sampleObject(schema: JsonObject, context: Context): JsonObject {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = isList(schema["required"]) ? schema["required"].map(String) : [];
  return Object.fromEntries(required.map((name) => [name, sample(properties[name], context)]));
}

const formats = new Map([
  ["date-time", "2000-01-01T00:00:00Z"],
  ["date", "2000-01-01"],
  ["time", "00:00:00Z"],
  ["email", "demo@example.com"],
  ["uri", "https://example.com"],
  ["uuid", "00000000-0000-4000-8000-000000000000"],
]);

function sampleString(schema: JsonObject, words: string): string {
  const { format: name } = schema;
  const format = typeof name === "string" ? formats.get(name) : undefined;
  if (format !== undefined) return format;
  const text = words.padEnd(toNumber(schema["minLength"], 0), ".");
  return text.slice(0, toNumber(schema["maxLength"], text.length));
}

function sampleNumber(schema: JsonObject): number {
  const least = toNumber(schema["minimum"], Number.NEGATIVE_INFINITY);
  const most = toNumber(schema["maximum"], Number.POSITIVE_INFINITY);
  const above = toNumber(schema["exclusiveMinimum"], Number.NEGATIVE_INFINITY);
  const below = toNumber(schema["exclusiveMaximum"], Number.POSITIVE_INFINITY);
  const step = toNumber(schema["multipleOf"], 1);
  const low = Math.max(least, above);
  const high = Math.min(most, below);
  const candidates = [
    0,
    (Math.floor(low / step) + 1) * step,
    (Math.ceil(high / step) - 1) * step,
    low,
    high,
    (low + high) / 2,
  ];
  const fits = (value: number): boolean => value >= least && value <= most && value > above && value < below;
  return candidates.find(fits) ?? 0;
}

function toNumber(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function firstList(...values: readonly (JsonValue | undefined)[]): readonly JsonValue[] | undefined {
  return values.find(isList);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
