import { z } from "zod";
import { inputItemSchema } from "./input-item.ts";

const functionTool = z.looseObject({
  type: z.literal("function"),
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

const hostedTool = z.looseObject({
  type: z.enum(["web_search", "file_search", "code_interpreter", "image_generation", "mcp", "custom"]),
});

const textFormat = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  z.looseObject({
    type: z.literal("json_schema"),
    name: z.string(),
    schema: z.record(z.string(), z.unknown()),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

const looseRecord = z.looseObject({});

const moderationMode = z.strictObject({ mode: z.enum(["score", "block"]) }).nullish();

const moderation = z.strictObject({
  model: z.string(),
  policy: z.strictObject({ input: moderationMode, output: moderationMode }).nullish(),
});

/** The body of `POST /v1/responses`. An unknown member is an error, as it is at OpenAI. */
export const responsesBodySchema = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(inputItemSchema)]).nullish(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.union([z.string(), z.looseObject({ id: z.string() })]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: looseRecord.nullish(),
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  tools: z.array(z.discriminatedUnion("type", [functionTool, hostedTool])).nullish(),
  tool_choice: z.union([z.string(), looseRecord]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish(), summary: z.string().nullish() }).nullish(),
  text: z.looseObject({ format: textFormat.nullish(), verbosity: z.string().nullish() }).nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  safety_identifier: z.string().nullish(),
  prompt: looseRecord.nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: looseRecord.nullish(),
  prompt_cache_retention: z.string().nullish(),
  access_programs: looseRecord.nullish(),
  context_management: z.array(looseRecord).nullish(),
  image: looseRecord.nullish(),
  moderation: moderation.nullish(),
  user: z.string().nullish(),
});

/** The checked body of `POST /v1/responses`. */
export type ResponsesBody = z.infer<typeof responsesBodySchema>;

/** A function tool of a request. */
export type FunctionTool = z.infer<typeof functionTool>;

/** The function tools among a request's tools. */
export function functionToolsOf(body: ResponsesBody): readonly FunctionTool[] {
  return (body.tools ?? []).filter((tool): tool is FunctionTool => tool.type === "function");
}
