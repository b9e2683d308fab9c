import type { JsonRecord } from "./json-record.ts";
import { isJsonRecord } from "./json-record.ts";

/** A small value that a JSON Schema accepts; strings without a format of their own become `filler`. */
export function sampleValue(schema: unknown, filler: string): unknown {
  return isJsonRecord(schema) ? sample(schema, { root: schema, filler, depth: 0 }) : filler;
}

interface Scope {
  readonly root: JsonRecord;
  readonly filler: string;
  readonly depth: number;
}

/** A schema may refer to itself; deeper than this, optional branches end. */
const DEEPEST = 16;

function sample(schema: JsonRecord, scope: Scope): unknown {
  const [fixed] = fixedValues(schema);
  if (fixed !== undefined) {
    return fixed;
  }
  const inner = { ...scope, depth: scope.depth + 1 };
  const target = referenced(schema, scope.root) ?? firstBranch(schema);
  if (target !== undefined && scope.depth < DEEPEST) {
    return sample(target, inner);
  }
  return sampleOfType(schema, inner);
}

function sampleOfType(schema: JsonRecord, scope: Scope): unknown {
  const [type] = listOf(schema["type"]);
  switch (type) {
    case "object":
      return sampleObject(schema, scope);
    case "array":
      return scope.depth < DEEPEST && isJsonRecord(schema["items"]) ? [sample(schema["items"], scope)] : [];
    case "integer":
    case "number":
      return sampleNumber(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sampleString(schema, scope.filler);
  }
}

function fixedValues(schema: JsonRecord): readonly unknown[] {
  const listed = [...listOf(schema["enum"] ?? []), ...listOf(schema["examples"] ?? [])];
  return [schema["const"], schema["default"], ...listed].filter((value) => value !== undefined);
}

/** Several keywords of JSON Schema hold a list; `type` may also hold its only entry. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function referenced(schema: JsonRecord, root: JsonRecord): JsonRecord | undefined {
  const reference = schema["$ref"];
  if (typeof reference !== "string") {
    return undefined;
  }
  const target = reference
    .split("/")
    .slice(1)
    .reduce<unknown>((value, key) => (isJsonRecord(value) ? value[key] : undefined), root);
  return isJsonRecord(target) ? target : undefined;
}

function firstBranch(schema: JsonRecord): JsonRecord | undefined {
  return listOf(schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"]).find(isJsonRecord);
}

function sampleObject(schema: JsonRecord, scope: Scope): JsonRecord {
  const properties = isJsonRecord(schema["properties"]) ? schema["properties"] : {};
  const required: readonly unknown[] = listOf(schema["required"] ?? []);
  const entries = Object.entries(properties).filter(([name]) => required.includes(name));
  return Object.fromEntries(entries.map(([name, child]) => [name, isJsonRecord(child) ? sample(child, scope) : null]));
}

/** One, or the nearest number that the schema's bounds allow. */
function sampleNumber(schema: JsonRecord): number {
  const minimum = typeof schema["minimum"] === "number" ? schema["minimum"] : Number.NEGATIVE_INFINITY;
  const maximum = typeof schema["maximum"] === "number" ? schema["maximum"] : Number.POSITIVE_INFINITY;
  return Math.max(minimum, Math.min(1, maximum));
}

const formats: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  time: "12:00:00Z",
  email: "someone@example.com",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function sampleString(schema: JsonRecord, filler: string): string {
  const format = schema["format"];
  return (typeof format === "string" ? formats[format] : undefined) ?? filler;
}
