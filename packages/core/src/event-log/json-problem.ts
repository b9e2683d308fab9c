/**
 * Finds what `JSON.stringify` would drop or change without a word: NaN, functions, dates, maps, `undefined` in arrays,
 * half surrogate pairs. Returns where and what it is, as the end of a sentence; `undefined` for an object JSON can carry.
 */
export function findJsonProblem(value: unknown): string | undefined {
  if (!isPlainObject(value)) return ` is ${describe(value)}, not a plain object`;
  try {
    return inObject(value);
  } catch (error) {
    // A cycle and a nesting deeper than the stack end alike, and JSON.stringify could write neither.
    if (error instanceof RangeError) return " is nested too deeply or contains itself";
    throw error;
  }
}

function inValue(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? undefined : " is text with half a surrogate pair";
    case "number":
      return Number.isFinite(value) ? undefined : ` is ${value}`;
    case "boolean":
      return undefined;
    case "object":
      if (value === null) return undefined;
      if (Array.isArray(value)) return inArray(value);
      return isPlainObject(value) ? inObject(value) : ` is ${describe(value)}`;
    default:
      return ` is ${describe(value)}`;
  }
}

function inArray(values: readonly unknown[]): string | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const problem = inValue(values[index]);
    if (problem !== undefined) return `[${index}]${problem}`;
  }
  return undefined;
}

function inObject(value: PlainObject): string | undefined {
  // Every append passes here: for-in makes no arrays, and a plain object inherits nothing that it would add.
  for (const key in value) {
    const member = value[key];
    if (member === undefined) continue;
    const problem = key.isWellFormed() ? inValue(member) : " has a name with half a surrogate pair";
    if (problem !== undefined) return `.${key.toWellFormed()}${problem}`;
  }
  return undefined;
}

type PlainObject = Readonly<Record<string, unknown>>;

function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm (a vm context, as test runners use) has another Object.prototype, which is as plain.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return value === undefined ? "undefined" : `a ${typeof value}`;
  return `a ${value.constructor.name}`;
}
