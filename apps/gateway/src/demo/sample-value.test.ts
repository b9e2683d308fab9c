import type { JsonValue } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { sampleValue } from "./sample-value.ts";

const node: z.ZodType = z.lazy(() => z.object({ name: z.string(), next: z.union([node, z.null()]) }));

describe("sampleValue", () => {
  it.each([
    ["an object", z.object({ a: z.string(), b: z.number(), c: z.boolean(), d: z.null() })],
    ["optional fields", z.object({ a: z.string().optional() })],
    ["lists", z.array(z.object({ a: z.int() })).min(2)],
    ["choices", z.object({ a: z.enum(["x", "y"]), b: z.literal(3), c: z.union([z.string(), z.number()]) })],
    [
      "bounds",
      z.object({ a: z.int().min(5).max(7), b: z.string().min(30), c: z.string().max(3), d: z.number().gt(4) }),
    ],
    ["negative bounds", z.number().max(-3)],
    ["a narrow range", z.number().gt(0).lt(1)],
    ["formats", z.object({ a: z.iso.datetime(), b: z.email(), c: z.url(), d: z.uuid(), e: z.iso.date() })],
    ["what may be null", z.object({ a: z.string().nullable() })],
    ["a schema that refers to itself", node],
  ])("fits %s", (_title, schema) => {
    // A JSON Schema is JSON by its definition.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see the line above
    const value = sampleValue(z.toJSONSchema(schema) as JsonValue, "demo");
    expect(schema.safeParse(value).error).toBeUndefined();
  });

  it("gives the same value every time", () => {
    const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    expect(sampleValue(schema, "demo")).toEqual(sampleValue(schema, "demo"));
  });
});
