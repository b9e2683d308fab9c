import { AgentKitError } from "../errors/agent-kit-error.ts";

/**
 * Writes a value as canonical JSON: no white space, keys sorted by UTF-16 code units, numbers and strings as ECMAScript
 * writes them. Equal values give equal bytes in any language that implements the same rules. Properties that are
 * `undefined` are left out, as in JSON.
 *
 * @throws AgentKitError `json_not_canonical` for values JSON cannot carry: bigint, NaN, infinities, functions, cycles,
 * lone surrogates, objects that are no plain ones (dates, maps), nesting deeper than the stack, and `undefined` anywhere but
 * as a property.
 * @see RFC 8785, JSON Canonicalization Scheme
 *
 * @example
 * ```ts
 * import { canonicalJson } from "@agentkit/core";
 *
 * canonicalJson({ b: 2, a: [1e21, "é"] }); // {"a":[1e+21,"é"],"b":2}
 * ```
 */
export function canonicalJson(value: unknown): string {
  try {
    return write(value, new Set());
  } catch (error) {
    if (error instanceof RangeError) throw notCanonical("the value is nested too deeply");
    throw error;
  }
}

function write(value: unknown, ancestors: Set<object>): string {
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") return writeNumber(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (typeof value !== "object") throw notCanonical(`a ${typeof value} is no JSON value`);
  if (ancestors.has(value)) throw notCanonical("the value contains itself");
  ancestors.add(value);
  const text = Array.isArray(value) ? writeArray(value, ancestors) : writeObject(value, ancestors);
  ancestors.delete(value);
  return text;
}

function writeArray(values: readonly unknown[], ancestors: Set<object>): string {
  return `[${Array.from(values, (value) => write(value, ancestors)).join(",")}]`;
}

function writeObject(value: object, ancestors: Set<object>): string {
  // A date or a map has no members of its own, and all of them would be written as {}.
  if (!isPlain(value)) throw notCanonical(`a ${value.constructor.name} is no JSON value`);
  // The default sort compares UTF-16 code units, which is the order RFC 8785 §3.2.3 asks for.
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const members = entries
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${writeString(key)}:${write(member, ancestors)}`);
  return `{${members.join(",")}}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has another Object.prototype, which is as plain.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw notCanonical("a string holds a lone surrogate");
  return JSON.stringify(value);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw notCanonical(`${value} is no JSON number`);
  return JSON.stringify(value);
}

function notCanonical(reason: string): AgentKitError {
  return new AgentKitError("json_not_canonical", `The value has no canonical JSON form: ${reason}.`);
}
