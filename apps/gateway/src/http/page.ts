import { refusal } from "./api-error.ts";

/** A page of a list, in the shape of OpenAI's lists. */
export interface Page<Entry> {
  readonly object: "list";
  readonly data: readonly Entry[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** Cuts a page from entries of which one more than the limit was read, if there is one more. */
export function toPage<Entry>(entries: readonly Entry[], limit: number, toId: (entry: Entry) => string): Page<Entry> {
  const data = entries.slice(0, limit);
  const [first] = data;
  const last = data.at(-1);
  return {
    object: "list",
    data,
    first_id: first === undefined ? null : toId(first),
    last_id: last === undefined ? null : toId(last),
    has_more: entries.length > limit,
  };
}

/** Bounds of a number in a query. */
export interface NumberBounds {
  readonly param: string;
  readonly min: number;
  readonly max: number;
}

/** Reads a whole number from a query or header; `undefined` when it is not given. */
export function parseWhole(text: string | undefined, { param, min, max }: NumberBounds): number | undefined {
  if (text === undefined) return undefined;
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw refusal(`Invalid value for '${param}': expected a whole number from ${min} to ${max}.`, {
    param,
    code: "invalid_value",
  });
}
