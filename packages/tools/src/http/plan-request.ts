import type { JsonValue } from "@agentkit/core";
import { encodeValue, fillPath, fillQuery, placeholdersOf } from "./fill-template.ts";
import type { UrlTemplate } from "./url-template.ts";

/** Where the fields of a tool's arguments go. */
export interface RequestShape {
  readonly template: UrlTemplate;
  /** Fields that go into the query. */
  readonly query: readonly string[];
  /** Where the fields go that nothing else names. */
  readonly rest: "query" | "body";
  readonly body?: (input: Readonly<Record<string, unknown>>) => JsonValue;
}

/** A request but for its secrets, or why the arguments make none, for the model. */
export type PlannedRequest =
  | {
      readonly ok: true;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly ok: false; readonly message: string };

/** Makes a request of accepted arguments. Pure. */
export function planRequest(shape: RequestShape, input: unknown): PlannedRequest {
  const { template } = shape;
  const fields = isRecord(input) ? input : {};
  const inUrl = new Set(template.placeholders);
  const values: Record<string, string> = {};
  for (const name of inUrl) {
    const text = toText(fields[name]);
    if (text === undefined && placeholdersOf(template.path).includes(name))
      return { ok: false, message: notText(name) };
    values[name] = encodeValue(text ?? "");
  }
  const path = fillPath(template.path, values);
  if (!path.ok) return path;
  const rest = Object.keys(fields).filter((name) => !inUrl.has(name) && !shape.query.includes(name));
  const queried = [...shape.query, ...(shape.rest === "query" && shape.body === undefined ? rest : [])];
  const pairs = queried.flatMap((name) => toPairs(name, fields[name]));
  const query = [fillQuery(template.query, values), ...pairs].filter((part) => part !== "").join("&");
  const url = `${template.origin}${path.text}${query === "" ? "" : `?${query}`}`;
  const body = toBody(shape, fields, rest);
  if (body === undefined) return { ok: true, url, headers: {} };
  return { ok: true, url, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function toBody(shape: RequestShape, fields: Readonly<Record<string, unknown>>, rest: readonly string[]): unknown {
  if (shape.body) return shape.body(fields);
  return shape.rest === "body" ? Object.fromEntries(rest.map((name) => [name, fields[name]])) : undefined;
}

function toPairs(name: string, value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values
    .filter((each) => each !== undefined && each !== null)
    .map((each) => `${encodeValue(name)}=${encodeValue(toText(each) ?? JSON.stringify(each))}`);
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean" ||
    typeof value === "bigint"
    ? String(value)
    : undefined;
}

function notText(name: string): string {
  return `${name}: must be a text, a number or a boolean, as it is part of the path`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
