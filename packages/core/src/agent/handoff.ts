import { z } from "zod";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { jsonObjectSchema } from "../events/schemas.ts";
import type { JsonObject, JsonValue } from "../json/json.ts";

/** How much of the conversation goes along: all of it, a summary that the agent writes, or the prompt alone. */
export type HandoffContext = "all" | "summary" | "none";

/** What a handoff is defined by. */
export interface HandoffDefinition {
  /** The name of the agent that takes over. */
  readonly to: string;
  /** When to hand off, for the model. */
  readonly description: string;
  /** Default `all`. */
  readonly context?: HandoffContext;
  /** Schema of what is passed on: an object. Default: nothing but the reason. */
  readonly input?: z.ZodType;
}

/** One agent may pass the run to another. The model sees it as a function, `transfer_to_<agent>`. */
export interface Handoff {
  readonly to: string;
  readonly name: string;
  readonly description: string;
  readonly context: HandoffContext;
  /** JSON Schema of the function's arguments. */
  readonly parameters: JsonObject;
  /** Pure: the arguments as the model wrote them, or why they do not fit. */
  parse(input: JsonValue): HandoffRequest;
}

/** What the model asks to be handed off with. */
export type HandoffRequest =
  | { readonly ok: true; readonly reason: string; readonly summary?: string; readonly input?: JsonObject }
  | { readonly ok: false; readonly message: string };

/**
 * Defines that an agent may hand its run to another. The principal of the run stays what it is.
 *
 * @throws AgentKitError `definition_invalid` for an input schema that is no object or has no JSON Schema.
 *
 * @example
 * ```ts
 * import { defineAgent, defineHandoff } from "@agentkit/core";
 *
 * const coordinator = defineAgent({
 *   name: "coordinator",
 *   model: "gpt-5.1",
 *   handoffs: [defineHandoff({ to: "billing", description: "Invoices and payments.", context: "summary" })],
 * });
 * ```
 */
export function defineHandoff(definition: HandoffDefinition): Handoff {
  const { to, description, context = "all" } = definition;
  const schema = z.strictObject({
    reason: z.string().min(1).describe("Why this assistant is the right one."),
    ...(context === "summary" && {
      summary: z.string().min(1).describe("All that it needs to know of the conversation."),
    }),
    ...(definition.input && { input: definition.input }),
  });
  return {
    to,
    name: `transfer_to_${to.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`.slice(0, 64),
    description,
    context,
    parameters: toParameters(to, schema),
    parse: (input) => parseRequest(schema, input),
  };
}

const requestSchema = z.object({
  reason: z.string(),
  summary: z.string().optional(),
  input: jsonObjectSchema.optional(),
});

function parseRequest(schema: z.ZodType, input: JsonValue): HandoffRequest {
  const result = schema.safeParse(input);
  if (!result.success) return { ok: false, message: z.prettifyError(result.error) };
  const request = requestSchema.safeParse(result.data);
  if (!request.success) return { ok: false, message: "The input has no JSON form." };
  const { reason, summary, input: passed } = request.data;
  return { ok: true, reason, ...(summary !== undefined && { summary }), ...(passed && { input: passed }) };
}

function toParameters(to: string, schema: z.ZodType): JsonObject {
  try {
    const { $schema: _, ...parameters } = z.toJSONSchema(schema, { io: "input" });
    return jsonObjectSchema.parse(parameters);
  } catch (cause) {
    throw new AgentKitError("definition_invalid", `The handoff to '${to}' has an input without JSON Schema.`, {
      cause,
    });
  }
}
