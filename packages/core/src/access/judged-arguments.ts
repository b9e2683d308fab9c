import type { JsonValue } from "../json/json.ts";

/**
 * The arguments of a call as a policy judges them once the tool's schema has accepted them: what the schema made of them, and
 * where that is nothing that JSON has (a date, an instance of a class), what the call said at the same place.
 */
export function toJudgedArguments(accepted: unknown, raw: JsonValue): JsonValue {
  try {
    return judged(accepted, raw) ?? raw;
  } catch {
    // A value that contains itself, or throws when it is looked at.
    return raw;
  }
}

function judged(accepted: unknown, raw: JsonValue | undefined): JsonValue | undefined {
  switch (typeof accepted) {
    case "undefined":
      return undefined;
    case "string":
    case "boolean":
      return accepted;
    case "number":
      return Number.isFinite(accepted) ? accepted : raw;
    case "object":
      if (accepted === null) return null;
      if (Array.isArray(accepted)) return judgedList(accepted, raw);
      return isPlain(accepted) ? judgedObject(accepted, raw) : raw;
    default:
      return raw;
  }
}

function judgedList(accepted: readonly unknown[], raw: JsonValue | undefined): JsonValue {
  const given = isList(raw) ? raw : [];
  return accepted.map((value, index) => judged(value, given[index]) ?? null);
}

function judgedObject(accepted: object, raw: JsonValue | undefined): JsonValue {
  const given = new Map(typeof raw === "object" && raw !== null && !isList(raw) ? Object.entries(raw) : []);
  return Object.fromEntries(Object.entries(accepted).map(([name, value]) => [name, judged(value, given.get(name))]));
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
