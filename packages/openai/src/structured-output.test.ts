import { describe, expect, it } from "vitest";
import { z } from "zod";
import { toStructuredOutput } from "./index.ts";

const schema = z.object({
  city: z.string().describe("Where"),
  wind: z.object({ speed: z.number() }).nullable(),
  days: z.array(z.enum(["sunny", "rainy"])),
});
const weather = toStructuredOutput("weather", schema);

describe("a structured output", () => {
  it("is a strict JSON schema in which everything is required and nothing may be added", () => {
    expect(weather.format).toMatchObject({ type: "json_schema", name: "weather", strict: true });
    expect(Object.keys(weather.format).toSorted()).toEqual(["name", "schema", "strict", "type"]);
    expect(weather.format["schema"]).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["city", "wind", "days"],
      properties: { city: { type: "string", description: "Where" } },
    });
    expect(JSON.stringify(weather.format)).toContain('"required":["speed"]');
  });

  it("reads an answer into a value of the schema's type", () => {
    const value = weather.parse('{"city":"Graz","wind":{"speed":3},"days":["sunny"]}');
    const speed: number | undefined = value.wind?.speed;
    expect([value.city, speed, value.days]).toEqual(["Graz", 3, ["sunny"]]);
  });

  it.each([
    ["no JSON", "Sorry, no.", /it is no JSON/],
    ["cut JSON", '{"city":"Gr', /it is no JSON/],
    ["another shape", '{"city":"Graz","wind":{"speed":"fast"},"days":[]}', /at wind\.speed: invalid_type/],
    ["another kind of value", "[]", /at the top: invalid_type/],
  ])("refuses %s without repeating it", (_, text, message) => {
    expect(() => weather.parse(text)).toThrow(message);
    expect(() => weather.parse(text)).not.toThrow(/fast|Sorry|Gr"/);
  });

  it.each([
    ["an optional property", z.object({ city: z.string().optional() })],
    ["a list at the top", z.array(z.string())],
    ["a union at the top", z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])],
    ["a record of any keys", z.object({ scores: z.record(z.string(), z.number()) })],
    ["a date", z.object({ at: z.date() })],
    ["a transformation", z.object({ at: z.string().transform((text) => text.length) })],
  ])("cannot be made from %s, and says so", (_, unfit) => {
    expect(() => toStructuredOutput("unfit", unfit)).toThrow(
      /The schema 'unfit' cannot be used for structured output: \w/,
    );
  });

  it("has a name that the API takes", () => {
    expect(() => toStructuredOutput("my weather", schema)).toThrow(/letters, digits/);
  });
});
