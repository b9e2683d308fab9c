import { z } from "zod";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { jsonObjectSchema } from "../events/schemas.ts";
import type { JsonObject, JsonValue } from "../json/json.ts";
import type { ParsedArguments, Reconciliation, SideEffects, Tool, UnknownOutcomePolicy } from "./tool.ts";
import type { ToolContext } from "./tool-context.ts";

/** What a tool is defined by. */
export interface ToolDefinition<Input extends z.ZodType> {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  readonly description: string;
  /** Schema of the arguments: an object. */
  readonly input: Input;
  /** Default `unsafe`: nothing is repeated in silence unless the tool says that it may be. */
  readonly sideEffects?: SideEffects;
  /** Default: `retry` without side effects or with idempotent ones, otherwise `ask`. */
  readonly onUnknownOutcome?: UnknownOutcomePolicy;
  /** Milliseconds one attempt may take. Default 60,000. */
  readonly timeoutMs?: number;
  /** Does the work. A string goes to the model as it is, anything else as JSON. */
  readonly run: (input: z.output<Input>, context: ToolContext) => unknown;
  /** Finds out what became of a call whose outcome is unknown. Needed for the policy `reconcile`. */
  readonly reconcile?: (input: z.output<Input>, context: ToolContext) => Promise<Reconciliation> | Reconciliation;
}

/**
 * Makes a tool from a function and a zod schema.
 *
 * @throws AgentKitError `definition_invalid` for a name the model's API refuses, a schema that is no object or has no JSON
 * Schema, or the policy `reconcile` without a `reconcile` function.
 *
 * @example
 * ```ts
 * import { defineTool } from "@agentkit/core";
 * import { z } from "zod";
 *
 * const add = defineTool({
 *   name: "add",
 *   description: "Adds two numbers.",
 *   input: z.object({ a: z.number(), b: z.number() }),
 *   sideEffects: "none",
 *   run: ({ a, b }) => a + b,
 * });
 * ```
 */
export function defineTool<Input extends z.ZodType>(definition: ToolDefinition<Input>): Tool {
  const sideEffects = definition.sideEffects ?? "unsafe";
  const onUnknownOutcome = definition.onUnknownOutcome ?? (sideEffects === "unsafe" ? "ask" : "retry");
  const { reconcile } = definition;
  checkDefinition(definition, onUnknownOutcome);
  return {
    name: definition.name,
    description: definition.description,
    parameters: toParameters(definition),
    strict: false,
    sideEffects,
    onUnknownOutcome,
    timeoutMs: definition.timeoutMs ?? 60_000,
    parse: (input) => parseArguments(definition.input, input),
    execute: async (input, context) => toOutput(await definition.run(accepted<Input>(input), context)),
    ...(reconcile && { reconcile: async (input, context) => reconcile(accepted<Input>(input), context) }),
  };
}

function accepted<Input extends z.ZodType>(input: unknown): z.output<Input> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine hands back what `parse` returned
  return input as z.output<Input>;
}

function checkDefinition(definition: ToolDefinition<z.ZodType>, policy: UnknownOutcomePolicy): void {
  const { name, timeoutMs } = definition;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw invalid(name, "a name has 1 to 64 characters of A-Z a-z 0-9 _ -");
  }
  if (timeoutMs !== undefined && !(timeoutMs > 0)) throw invalid(name, "timeoutMs must be a positive number");
  if (policy === "reconcile" && definition.reconcile === undefined) {
    throw invalid(name, "onUnknownOutcome 'reconcile' needs a reconcile function");
  }
}

function toParameters(definition: ToolDefinition<z.ZodType>): JsonObject {
  const { $schema: _, ...schema } = jsonSchemaOf(definition);
  if (schema["type"] !== "object") throw invalid(definition.name, "the input schema must be an object");
  return jsonObjectSchema.parse(schema);
}

function jsonSchemaOf(definition: ToolDefinition<z.ZodType>): Record<string, unknown> {
  try {
    return z.toJSONSchema(definition.input, { io: "input" });
  } catch (cause) {
    throw invalid(definition.name, "the input schema has no JSON Schema", cause);
  }
}

function parseArguments(schema: z.ZodType, input: JsonValue): ParsedArguments {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, message: z.prettifyError(result.error) };
}

function toOutput(result: unknown): string {
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "");
}

function invalid(name: string, reason: string, cause?: unknown): AgentKitError {
  return new AgentKitError("definition_invalid", `Tool '${name}' cannot be defined: ${reason}.`, { cause });
}
