import type { JsonObject, JsonValue } from "@agentkit/core";
import { z } from "zod";

/** What was read from JSON text is a JSON value: nothing is left to check where any value will do. */
export const jsonValueSchema: z.ZodType<JsonValue> = z.custom<JsonValue>(() => true);

/** Any object. */
export const anyObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), jsonValueSchema);

const identifier = z.string().min(1).max(200);
const itemStatus = z.enum(["in_progress", "completed", "incomplete"]).nullish();
const anyList = z.array(jsonValueSchema);

const inputText = z.strictObject({
  type: z.literal("input_text"),
  text: z.string(),
  prompt_cache_breakpoint: jsonValueSchema.optional(),
});

const inputImage = z.strictObject({
  type: z.literal("input_image"),
  detail: z.enum(["low", "high", "auto", "original"]).nullish(),
  file_id: z.string().nullish(),
  image_url: z.string().nullish(),
  prompt_cache_breakpoint: jsonValueSchema.optional(),
});

const inputFile = z.strictObject({
  type: z.literal("input_file"),
  detail: z.enum(["auto", "low", "high"]).optional(),
  file_data: z.string().nullish(),
  file_id: z.string().nullish(),
  file_url: z.string().nullish(),
  filename: z.string().nullish(),
  prompt_cache_breakpoint: jsonValueSchema.optional(),
});

const inputContent = z.array(z.discriminatedUnion("type", [inputText, inputImage, inputFile]));

const outputText = z.strictObject({
  type: z.literal("output_text"),
  text: z.string(),
  annotations: anyList.nullish(),
  logprobs: anyList.nullish(),
  // The SDK's parsing helpers add it to what they return, and callers send that back.
  parsed: jsonValueSchema.optional(),
});

const refusalPart = z.strictObject({ type: z.literal("refusal"), refusal: z.string() });

const messageFields = {
  type: z.literal("message"),
  id: identifier.nullish(),
  status: itemStatus,
  phase: z.enum(["commentary", "final_answer"]).nullish(),
};

const askingMessage = z.strictObject({
  ...messageFields,
  role: z.enum(["user", "system", "developer"]),
  content: z.union([z.string(), inputContent]),
});

const answeringMessage = z.strictObject({
  ...messageFields,
  role: z.literal("assistant"),
  content: z.union([z.string(), z.array(z.discriminatedUnion("type", [outputText, refusalPart]))]),
});

/** What newer models say of a call, and get back as they said it. */
const callFields = {
  async: z.boolean().nullish(),
  caller: anyObjectSchema.nullish(),
  created_by: z.string().nullish(),
  namespace: z.string().nullish(),
};

const functionCall = z.strictObject({
  type: z.literal("function_call"),
  id: identifier.nullish(),
  call_id: identifier,
  name: z.string().min(1),
  arguments: z.string(),
  status: itemStatus,
  ...callFields,
  parsed_arguments: jsonValueSchema.optional(),
});

const functionCallOutput = z.strictObject({
  type: z.literal("function_call_output"),
  id: identifier.nullish(),
  call_id: identifier,
  output: z.union([z.string(), inputContent]),
  status: itemStatus,
  name: z.string().nullish(),
  ...callFields,
});

const reasoning = z.strictObject({
  type: z.literal("reasoning"),
  id: identifier,
  summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
  content: z.array(z.strictObject({ type: z.literal("reasoning_text"), text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
  status: itemStatus,
});

const mcpCall = z.strictObject({
  type: z.literal("mcp_call"),
  id: identifier,
  server_label: z.string(),
  name: z.string().min(1),
  arguments: z.string(),
  approval_request_id: z.string().nullish(),
  error: jsonValueSchema.optional(),
  output: z.string().nullish(),
  status: z.string().nullish(),
});

const approvalRequest = z.strictObject({
  type: z.literal("mcp_approval_request"),
  id: z.string().max(5_000),
  server_label: z.string(),
  name: z.string(),
  arguments: z.string(),
});

const approvalResponse = z.strictObject({
  type: z.literal("mcp_approval_response"),
  id: identifier.nullish(),
  approval_request_id: z.string().min(1).max(5_000),
  approve: z.boolean(),
  reason: z.string().max(2_000).nullish(),
});

/** Items of the API that mean nothing to AgentKit and are carried to the model as they are. */
const carried = z
  .object({
    type: z.enum([
      "additional_tools",
      "apply_patch_call",
      "apply_patch_call_output",
      "code_interpreter_call",
      "compaction",
      "computer_call",
      "computer_call_output",
      "custom_tool_call",
      "custom_tool_call_output",
      "file_search_call",
      "image_generation_call",
      "local_shell_call",
      "local_shell_call_output",
      "mcp_list_tools",
      "program",
      "program_output",
      "shell_call",
      "shell_call_output",
      "tool_search_call",
      "tool_search_output",
      "web_search_call",
    ]),
  })
  .catchall(jsonValueSchema);

const knownItem = z.discriminatedUnion("type", [
  z.discriminatedUnion("role", [askingMessage, answeringMessage]),
  functionCall,
  functionCallOutput,
  reasoning,
  mcpCall,
  approvalRequest,
  approvalResponse,
  carried,
]);

// A message may leave its type out.
const inputItem = z.preprocess(nameMessage, knownItem);

/** A request's `input`. */
export const inputSchema: z.ZodType<string | z.output<typeof knownItem>[]> = z.union([z.string(), z.array(inputItem)]);

function nameMessage(item: unknown): unknown {
  const isEasy = typeof item === "object" && item !== null && "role" in item && !("type" in item);
  return isEasy ? { type: "message", ...item } : item;
}
