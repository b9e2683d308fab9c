import { z } from "zod";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { jsonObjectSchema } from "../events/schemas.ts";
import type { JsonObject } from "../json/json.ts";
import type { ParsedArguments, Reconciliation, Tool } from "./tool.ts";
import type { ToolContext, ToolSuspension } from "./tool-context.ts";
import { type StrictSchema, toStrictSchema } from "./strict-schema.ts";
import { toolDefinitionInvalid, type ToolOptions, toToolDeclaration } from "./tool-options.ts";

/** What a tool is defined by. */
export interface ToolDefinition<
  Input extends z.ZodType,
  Output extends z.ZodType | undefined = undefined,
> extends ToolOptions<z.output<Input>> {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  /** Default: the input schema's own, from `.describe()`. */
  readonly description?: string;
  /** Schema of the arguments: an object. Refinements and transforms that wait for a promise are not accepted in a call. */
  readonly input: Input;
  /** Schema of the result. What does not fit it is a failure; the model gets what the schema makes of the result. */
  readonly output?: Output;
  /**
   * Whether the model must keep to the schema: OpenAI's strict mode. Each property is then required, an optional one is null
   * where it is left out, and the tool sees it left out. Default `false`.
   */
  readonly strict?: boolean;
  /** Does the work. A string goes to the model as it is, a suspension to the engine, anything else to the model as JSON. */
  readonly run: (input: z.output<Input>, context: ToolContext) => ToolReturn<Output>;
  /** Finds out what became of a call whose outcome is unknown. Needed for the policy `reconcile`. */
  readonly reconcile?: (input: z.output<Input>, context: ToolContext) => Promise<Reconciliation> | Reconciliation;
}

/** What `run` may return: anything where no `output` is declared, otherwise what that schema takes. */
export type ToolReturn<Output extends z.ZodType | undefined> = Output extends z.ZodType
  ? z.input<Output> | ToolSuspension | Promise<z.input<Output> | ToolSuspension>
  : unknown;

/**
 * Makes a tool from a function and a zod schema.
 *
 * @throws AgentKitError `definition_invalid` for a name the model's API refuses, a schema that is no object, has no JSON
 * Schema or cannot be strict, options that cannot work, or the policy `reconcile` without a `reconcile` function. The tool
 * itself fails with `tool_result_invalid` when its result does not fit `output`.
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
export function defineTool<Input extends z.ZodType>(definition: ToolDefinition<Input>): Tool;
export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(
  definition: ToolDefinition<Input, Output> & { readonly output: Output },
): Tool;
export function defineTool<Input extends z.ZodType>(
  definition: Omit<ToolDefinition<Input>, "output"> & { readonly output?: z.ZodType | undefined },
): Tool {
  const { name, input, output, strict = false, run, reconcile } = definition;
  const schema = toInputSchema(name, input);
  const strictSchema = strict ? toStrict(name, schema) : undefined;
  return {
    ...toToolDeclaration({ ...definition, description: definition.description ?? input.description ?? "" }),
    parameters: strictSchema?.parameters ?? schema,
    strict,
    ...(output && { outputSchema: toJsonSchema(name, output, "output") }),
    parse: (value) => check(input, strictSchema?.restore(value) ?? value),
    execute: async (value, context) => {
      const result: unknown = await Promise.resolve(run(accepted<Input>(value), context));
      if (isSuspension(result)) return result;
      return toOutput(name, output ? parseResult(name, output, result) : result);
    },
    ...(reconcile && { reconcile: async (value, context) => reconcile(accepted<Input>(value), context) }),
  };
}

function accepted<Input extends z.ZodType>(input: unknown): z.output<Input> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine hands back what `parse` returned
  return input as z.output<Input>;
}

function toInputSchema(name: string, input: z.ZodType): JsonObject {
  const schema = toJsonSchema(name, input, "input");
  if (schema["type"] !== "object") throw toolDefinitionInvalid(name, "the input schema must be an object");
  return schema;
}

function toJsonSchema(name: string, schema: z.ZodType, io: "input" | "output"): JsonObject {
  try {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
    return jsonObjectSchema.parse(rest);
  } catch (cause) {
    throw toolDefinitionInvalid(name, `the ${io} schema has no JSON Schema`, cause);
  }
}

function toStrict(name: string, schema: JsonObject): StrictSchema {
  try {
    return toStrictSchema(schema);
  } catch (cause) {
    throw toolDefinitionInvalid(name, cause instanceof Error ? cause.message : "its schema cannot be strict", cause);
  }
}

function parseResult(name: string, schema: z.ZodType, value: unknown): unknown {
  const result = check(schema, value);
  if (result.ok) return result.value;
  throw resultInvalid(name, `does not fit its schema: ${result.message}`);
}

// zod tells only while it parses that a schema waits: a definition cannot be refused for it.
function check(schema: z.ZodType, value: unknown): ParsedArguments {
  try {
    const result = schema.safeParse(value);
    return result.success ? { ok: true, value: result.data } : { ok: false, message: z.prettifyError(result.error) };
  } catch (error) {
    const message =
      error instanceof z.core.$ZodAsyncError
        ? "It was not accepted: its schema waits for a refinement or a transform, which has to be synchronous."
        : "It was not accepted: its schema threw an error.";
    return { ok: false, message };
  }
}

function isSuspension(result: unknown): result is ToolSuspension {
  return (
    typeof result === "object" &&
    result !== null &&
    "type" in result &&
    result.type === "suspended" &&
    "waitsFor" in result
  );
}

function toOutput(name: string, result: unknown): string {
  if (typeof result === "string") return result;
  try {
    return JSON.stringify(result) ?? "";
  } catch (cause) {
    throw resultInvalid(name, "cannot be written as JSON.", cause);
  }
}

// That it ran is what keeps the model from calling it once more.
function resultInvalid(name: string, reason: string, cause?: unknown): AgentKitError {
  return new AgentKitError("tool_result_invalid", `The tool '${name}' ran, but its result ${reason}`, { cause });
}
