import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "./define-tool.ts";

function strict(input: z.ZodType) {
  return defineTool({ name: "t", description: "A tool.", input, strict: true, run: (value) => value });
}

describe("strict", () => {
  it("requires every property, makes optional ones nullable, and tells what strict mode has no keyword for", () => {
    const tool = strict(
      z.object({
        city: z.string().min(1).describe("Its name"),
        days: z.number().int().max(14).default(1),
        unit: z.enum(["C", "F"]).optional(),
        when: z.iso.date().nullish(),
      }),
    );
    expect(tool.strict).toBe(true);
    expect(tool.parameters).toMatchObject({
      type: "object",
      required: ["city", "days", "unit", "when"],
      additionalProperties: false,
      properties: {
        city: { type: "string", description: "Its name (minLength: 1)" },
        days: { anyOf: [{ type: "integer", maximum: 14, description: "(default: 1)" }, { type: "null" }] },
        unit: { anyOf: [{ type: "string", enum: ["C", "F"] }, { type: "null" }] },
        when: { anyOf: [{ type: "string", format: "date" }, { type: "null" }] },
      },
    });
  });

  it("gives the tool arguments in which what was null is left out, and keeps a null that is meant", () => {
    const tool = strict(
      z.object({
        days: z.number().default(1),
        unit: z.enum(["C", "F"]).optional(),
        note: z.string().nullable(),
        stops: z.array(z.object({ city: z.string(), hours: z.number().optional() })).optional(),
      }),
    );
    const given = { days: null, unit: null, note: null, stops: [{ city: "Graz", hours: null }] };
    expect(tool.parse(given)).toEqual({ ok: true, value: { days: 1, note: null, stops: [{ city: "Graz" }] } });
  });

  it("finds the alternative of a union that is meant", () => {
    const tool = strict(
      z.object({
        target: z.discriminatedUnion("type", [
          z.object({ type: z.literal("user"), name: z.string(), since: z.string().optional() }),
          z.object({ type: z.literal("group"), size: z.number().optional() }),
        ]),
      }),
    );
    expect(JSON.stringify(tool.parameters)).not.toContain("oneOf");
    const value = { target: { type: "group", size: null } };
    expect(tool.parse(value)).toEqual({ ok: true, value: { target: { type: "group" } } });
  });

  it("follows references of recursive schemas", () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node).optional();
      },
    });
    const tool = strict(z.object({ root: node.optional() }));
    const value = { root: { name: "a", children: [{ name: "b", children: null }] } };
    expect(tool.parse(value)).toEqual({ ok: true, value: { root: { name: "a", children: [{ name: "b" }] } } });
    expect(tool.parse({ root: null })).toEqual({ ok: true, value: {} });
    expect(strict(node).parse({ name: "a", children: null })).toEqual({ ok: true, value: { name: "a" } });
  });

  it.each<[string, z.ZodType, string]>([
    ["properties with any name", z.object({ headers: z.record(z.string(), z.string()) }), "headers"],
    ["anything", z.object({ nested: z.object({ value: z.unknown() }) }), "nested.value"],
    ["a tuple", z.object({ pair: z.tuple([z.number(), z.string()]) }), "pair"],
    ["an intersection", z.object({ a: z.union([z.string(), z.number()]).and(z.string()) }), "a"],
    ["further properties", z.looseObject({}), "the top"],
  ])("refuses %s and says where", (_name, input, place) => {
    expect(() => strict(input)).toThrow(expect.objectContaining({ code: "definition_invalid" }));
    expect(() => strict(input)).toThrow(`(at ${place})`);
  });
});
