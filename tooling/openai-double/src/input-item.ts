import { z } from "zod";

const inputPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("input_text"), text: z.string() }),
  z.object({ type: z.literal("input_image"), image_url: z.string().nullish(), file_id: z.string().nullish() }),
  z.object({ type: z.literal("input_file") }),
]);

const outputPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("output_text"), text: z.string() }),
  z.object({ type: z.literal("refusal"), refusal: z.string() }),
]);

const messageStatus = z.enum(["in_progress", "completed", "incomplete"]).nullish();

const message = z.discriminatedUnion("role", [
  z.object({
    type: z.literal("message"),
    role: z.enum(["user", "system", "developer"]),
    content: z.union([z.string(), z.array(inputPart)]),
    id: z.string().optional(),
    status: messageStatus,
  }),
  z.object({
    type: z.literal("message"),
    role: z.literal("assistant"),
    content: z.union([z.string(), z.array(outputPart)]),
    id: z.string().optional(),
    status: messageStatus,
  }),
]);

const functionCall = z.object({
  type: z.literal("function_call"),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  id: z.string().nullish(),
});

const functionCallOutput = z.object({
  type: z.literal("function_call_output"),
  call_id: z.string(),
  output: z.union([z.string(), z.array(inputPart)]),
  id: z.string().nullish(),
});

const reasoning = z.object({
  type: z.literal("reasoning"),
  id: z.string(),
  summary: z.array(z.object({ type: z.literal("summary_text"), text: z.string() })),
  encrypted_content: z.string().nullish(),
});

const itemReference = z.object({ type: z.literal("item_reference"), id: z.string() });

const explicitItem = z.discriminatedUnion("type", [
  message,
  functionCall,
  functionCallOutput,
  reasoning,
  itemReference,
]);

/**
 * One item of a request's `input`, as far as the double understands it: messages, function calls and their outputs,
 * reasoning, and references to stored items. A message may leave its `type` out, as OpenAI allows.
 */
export const inputItemSchema = z.preprocess(withMessageType, explicitItem);

/** One item of a request's `input`. */
export type InputItem = z.infer<typeof explicitItem>;

/** An input item after references were replaced by what they refer to. */
export type ContextItem = Exclude<InputItem, { type: "item_reference" }>;

/** The text of a message's content or of a tool's output; parts that are not text count for nothing. */
export function textOfContent(content: string | readonly object[]): string {
  if (typeof content === "string") {
    return content;
  }
  return content.map((part) => ("text" in part && typeof part.text === "string" ? part.text : "")).join("");
}

function withMessageType(item: unknown): unknown {
  const isUntyped = typeof item === "object" && item !== null && !("type" in item) && "role" in item;
  return isUntyped ? { ...item, type: "message" } : item;
}
