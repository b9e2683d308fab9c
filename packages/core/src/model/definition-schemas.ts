import { z } from "zod";
import { jsonObjectSchema } from "../events/schemas.ts";
import type { FunctionTool, ModelSettings } from "./model.ts";
import { parseJson } from "../json/parse-json.ts";

const functionTools: z.ZodType<readonly FunctionTool[]> = z.array(
  z.strictObject({
    type: z.literal("function"),
    name: z.string(),
    description: z.string().nullable().exactOptional(),
    parameters: jsonObjectSchema.nullable(),
    strict: z.boolean().nullable(),
  }),
);

/** Reads the tools of a recorded definition from their canonical JSON. */
export function parseTools(content: string): readonly FunctionTool[] {
  return functionTools.parse(parseJson(content));
}

/** Reads the settings of a recorded definition from their canonical JSON. */
export function parseSettings(content: string): ModelSettings {
  return jsonObjectSchema.parse(parseJson(content));
}
