import { contentHash, eventCatalogue, type EventType } from "@agentkit/core";
import * as fc from "fast-check";
import { z } from "zod";
import type { PlantSource } from "./planted-text.ts";

/** Data of an event that fits its schema, with something planted in every field that can hold a text or a number. */
export function plantedData(type: EventType, source: PlantSource): fc.Arbitrary<unknown> {
  return arbitraryOf(eventCatalogue[type].schema, source);
}

function arbitraryOf(schema: unknown, source: PlantSource): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodObject) return objectOf(schema, source);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) return arbitraryOf(schema.unwrap(), source);
  if (schema instanceof z.ZodArray)
    return fc.array(arbitraryOf(schema.element, source), { minLength: 1, maxLength: 2 });
  if (schema instanceof z.ZodTuple) return fc.tuple(...schema.def.items.map((item) => arbitraryOf(item, source)));
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((option) => arbitraryOf(option, source)));
  if (schema instanceof z.ZodRecord) {
    const values = arbitraryOf(schema.valueType, source);
    return fc.dictionary(source.text(), values, { minKeys: 1, maxKeys: 2 });
  }
  return leafOf(schema, source);
}

function leafOf(schema: unknown, source: PlantSource): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodISODateTime) return fc.constant("2026-11-22T13:08:05.123Z");
  if (schema instanceof z.ZodString) return source.text(schema.maxLength ?? undefined);
  if (schema instanceof z.ZodNumber) return numberOf(schema, source);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodTemplateLiteral) return fc.constant(contentHash("anything"));
  // `z.json()` is lazy, because it holds itself; the only schema of our own is that of items.
  if (schema instanceof z.ZodLazy) return jsonOf(source);
  if (schema instanceof z.ZodCustom) return itemOf(source);
  throw new Error("The catalogue has a kind of schema that nothing is planted in yet.");
}

function objectOf(schema: z.ZodObject, source: PlantSource): fc.Arbitrary<unknown> {
  const members = Object.entries(schema.shape).map(([name, member]) => [name, arbitraryOf(member, source)] as const);
  const isRequired = (name: string): boolean => !(schema.shape[name] instanceof z.ZodOptional);
  return fc
    .record(
      Object.fromEntries(
        members.map(([name, member]) => [name, isRequired(name) ? member : fc.option(member, { nil: undefined })]),
      ),
    )
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)));
}

function numberOf({ minValue, maxValue }: z.ZodNumber, source: PlantSource): fc.Arbitrary<number> {
  return maxValue === 1 ? fc.constant(0.5) : source.number().filter((number) => number >= (minValue ?? 0));
}

/** Any JSON, with plants in values, in keys, in numbers, and in fields whose name alone tells. */
function jsonOf(source: PlantSource): fc.Arbitrary<unknown> {
  return fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      source.text(),
      source.number(),
      fc.array(tie("json"), { minLength: 1, maxLength: 2 }),
      fc.dictionary(source.text(), tie("json"), { minKeys: 1, maxKeys: 2 }),
      source.field().map((entry) => Object.fromEntries([entry])),
      tie("json").map((value) => JSON.stringify(value)),
    ),
  })).json;
}

/** Items as a caller, a model and a tool write them. */
function itemOf(source: PlantSource): fc.Arbitrary<unknown> {
  const json = jsonOf(source);
  const message = fc.tuple(source.text(), json).map(([text, extra]) => ({
    type: "message",
    role: "user",
    content: [{ type: "input_text", text, extra }],
  }));
  const call = fc.tuple(json, source.text(100)).map(([value, id]) => ({
    type: "function_call",
    call_id: id,
    name: "look_up",
    arguments: JSON.stringify({ value }),
  }));
  const output = fc.tuple(json, source.text(100)).map(([value, id]) => ({
    type: "function_call_output",
    call_id: id,
    output: JSON.stringify(value),
  }));
  const reasoning = source.text().map((text) => ({
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text }],
    encrypted_content: text,
  }));
  return fc.oneof(message, call, output, reasoning);
}

/** The places of an event's data that can hold a text, as paths: `*` stands for the members of arrays and records. */
export function textPaths(type: EventType): readonly string[] {
  return [...new Set(pathsOf(eventCatalogue[type].schema))].map((path) => `${type}${path}`);
}

function pathsOf(schema: unknown): readonly string[] {
  const below = (step: string, inner: unknown): readonly string[] => pathsOf(inner).map((path) => `.${step}${path}`);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, member]) => below(name, member));
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) return pathsOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return below("*", schema.element);
  if (schema instanceof z.ZodTuple) return schema.def.items.flatMap((item) => below("*", item));
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(pathsOf);
  if (schema instanceof z.ZodRecord) return [".*", ...below("*", schema.valueType)];
  return schema instanceof z.ZodString && !(schema instanceof z.ZodISODateTime) ? [""] : [];
}

/** The places of an event's data that hold one of the plants, as {@link textPaths} names them. */
export function plantedPaths(type: EventType, data: unknown, values: ReadonlySet<string>): readonly string[] {
  return findPaths(data, values).map((path) => `${type}${path}`);
}

function findPaths(value: unknown, values: ReadonlySet<string>): readonly string[] {
  if (typeof value === "string") return [...values].some((planted) => value.includes(planted)) ? [""] : [];
  if (Array.isArray(value)) return value.flatMap((member) => findPaths(member, values).map((path) => `.*${path}`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const isPlanted = findPaths(key, values).length > 0;
    const paths = findPaths(member, values).map((path) => `.${isPlanted ? "*" : key}${path}`);
    return isPlanted ? [".*", ...paths] : paths;
  });
}
