import type { JsonObject, JsonValue } from "@agentkit/core";
import { encodeValue } from "../http/fill-template.ts";
import { isJsonList, isJsonObject } from "../json/json-shape.ts";
import type { Parameter, ParameterStyle } from "./parameter.ts";

/** How a value is written. */
export type Serialization = Pick<Parameter, "style" | "explode" | "json">;

/**
 * Writes a value as `name=value` pairs of a query or a form, encoded. Source: OpenAPI 3.1, "Style Values".
 */
export function toPairs(name: string, value: JsonValue, { style, explode, json }: Serialization): readonly string[] {
  if (json) return [pair(name, JSON.stringify(value))];
  if (isJsonList(value)) {
    const parts = value.filter(isPresent).map(toText);
    if (explode && style !== "deepObject") return parts.map((part) => pair(name, part));
    return parts.length === 0 ? [] : [`${encodeValue(name)}=${parts.map(encodeValue).join(delimiterOf(style))}`];
  }
  if (isJsonObject(value)) return objectPairs(name, value, { style, explode });
  return value === null ? [] : [pair(name, toText(value))];
}

/** Writes a value as one text: lists and objects by the style `simple`. `encode` is applied to each part. */
export function toSimple(
  value: JsonValue,
  { explode, json }: Pick<Serialization, "explode" | "json">,
  encode: (part: string) => string,
): string {
  if (json) return encode(JSON.stringify(value));
  if (isJsonList(value)) return value.filter(isPresent).map(toText).map(encode).join(",");
  if (!isJsonObject(value)) return value === null ? "" : encode(toText(value));
  return entriesOf(value)
    .map(([key, part]) => `${encode(key)}${explode ? "=" : ","}${encode(toText(part))}`)
    .join(",");
}

function objectPairs(
  name: string,
  value: JsonObject,
  { style, explode }: Pick<Serialization, "style" | "explode">,
): readonly string[] {
  const entries = entriesOf(value);
  if (style === "deepObject") return entries.flatMap(([key, part]) => deepPairs(`${name}[${key}]`, part));
  if (explode) return entries.map(([key, part]) => pair(key, toText(part)));
  const parts = entries.flatMap(([key, part]) => [key, toText(part)]);
  return parts.length === 0 ? [] : [`${encodeValue(name)}=${parts.map(encodeValue).join(delimiterOf(style))}`];
}

/** `filter[price][gte]=10`; OpenAPI leaves what is nested to custom, which is this. */
function deepPairs(name: string, value: JsonValue): readonly string[] {
  if (isJsonList(value)) return value.filter(isPresent).flatMap((part) => deepPairs(name, part));
  if (isJsonObject(value)) return entriesOf(value).flatMap(([key, part]) => deepPairs(`${name}[${key}]`, part));
  return [pair(name, toText(value))];
}

function pair(name: string, value: string): string {
  return `${encodeValue(name)}=${encodeValue(value)}`;
}

function delimiterOf(style: ParameterStyle): string {
  switch (style) {
    case "spaceDelimited":
      return "%20";
    case "pipeDelimited":
      return "%7C";
    case "simple":
    case "form":
    case "deepObject":
      return ",";
  }
}

/** What no style can write is written as JSON. */
function toText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function entriesOf(value: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(value).flatMap(([key, part]) =>
    part === undefined || part === null ? [] : [[key, part] as const],
  );
}

function isPresent(value: JsonValue): boolean {
  return value !== null;
}
