import type { ModelSettings } from "@agentkit/core";
import { z } from "zod";
import { anyObjectSchema, inputSchema, jsonValueSchema } from "./input-schema.ts";

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a name has 1 to 64 characters of A-Z a-z 0-9 _ -"),
  description: z.string().nullish(),
  parameters: anyObjectSchema.nullish(),
  strict: z.boolean().nullish(),
  allowed_callers: jsonValueSchema.optional(),
  async: jsonValueSchema.optional(),
  defer_loading: jsonValueSchema.optional(),
  output_schema: jsonValueSchema.optional(),
});

/** Tools that OpenAI runs on its own servers, and kinds of tools that are not functions. */
const otherTool = z.looseObject({
  type: z.enum([
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "custom",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
  ]),
});

const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("function"), name: z.string() }),
    z.strictObject({
      type: z.literal("allowed_tools"),
      mode: z.enum(["auto", "required"]),
      tools: z.array(anyObjectSchema),
    }),
  ]),
]);

const textFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a name has 1 to 64 characters of A-Z a-z 0-9 _ -"),
    schema: anyObjectSchema,
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

const reasoning = z.strictObject({
  context: z.enum(["auto", "current_turn", "all_turns"]).nullish(),
  effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).nullish(),
  generate_summary: z.enum(["auto", "concise", "detailed"]).nullish(),
  mode: z.string().nullish(),
  summary: z.enum(["auto", "concise", "detailed"]).nullish(),
});

const includable = z.enum([
  "code_interpreter_call.outputs",
  "computer_call_output.output.image_url",
  "file_search_call.results",
  "message.input_image.image_url",
  "message.output_text.logprobs",
  "reasoning.encrypted_content",
  "web_search_call.action.sources",
  "web_search_call.results",
]);

/** `metadata` of anything: at most 16 keys of at most 64 characters, values of at most 512. */
export const metadataSchema: z.ZodType<Readonly<Record<string, string>>> = z
  .record(z.string().max(64, "a key has at most 64 characters"), z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= 16, "it has at most 16 keys");

/** Settings that go to the model by their own names. */
const settings = {
  include: z.array(includable).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: anyObjectSchema.nullish(),
  prompt_cache_retention: z.enum(["in_memory", "24h"]).nullish(),
  reasoning: reasoning.nullish(),
  safety_identifier: z.string().max(64).nullish(),
  service_tier: z.enum(["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .strictObject({ format: textFormat.nullish(), verbosity: z.enum(["low", "medium", "high"]).nullish() })
    .nullish(),
  tool_choice: toolChoice.nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  user: z.string().nullish(),
};

/** Fields that OpenAI serves and this gateway does not, and what they ask for. A value that asks for nothing may pass. */
export const unservedFields: Readonly<Record<string, string>> = {
  access_programs: "access programs",
  background: "background responses",
  context_management: "compaction on the server",
  image: "image options",
  moderation: "moderation as a part of the request",
  prompt: "stored prompts",
};

const unserved = {
  access_programs: jsonValueSchema.optional(),
  background: jsonValueSchema.optional(),
  context_management: jsonValueSchema.optional(),
  image: jsonValueSchema.optional(),
  moderation: jsonValueSchema.optional(),
  prompt: jsonValueSchema.optional(),
};

const settingsSchema = z.object(settings);

/**
 * The body of `POST /v1/responses`: every field that the `openai` SDK can send.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export const createSchema = z.strictObject({
  model: z.string().min(1),
  input: inputSchema,
  conversation: z.union([z.string(), z.strictObject({ id: z.string() })]).nullish(),
  instructions: z.string().nullish(),
  metadata: metadataSchema.nullish(),
  previous_response_id: z.string().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  tools: z.array(z.discriminatedUnion("type", [functionTool, otherTool])).nullish(),
  ...settings,
  ...unserved,
});

/** A body that fits {@link createSchema}. */
export type CreateBody = z.output<typeof createSchema>;

/** The settings of a body, less those that are `null`, which say what leaving them out says. */
export function toSettings(body: CreateBody): ModelSettings {
  const given = Object.entries(settingsSchema.parse(body)).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given);
}
