import { type JsonObject, type JsonValue, type ParsedArguments, toolDefinitionInvalid } from "@agentkit/core";
import { z } from "zod";
import { compileDocumentSchema } from "../mcp/document-validator.ts";

/** A schema of what goes into a program or comes out of it: zod's, or JSON Schema. */
export type ProgramSchema = z.ZodType | JsonObject;

/** What a schema makes of a JSON value. */
export type Accepted<Schema extends ProgramSchema> = Schema extends z.ZodType ? z.output<Schema> : JsonValue;

/** A schema that is ready for use. */
export interface CompiledSchema {
  readonly schema: JsonObject;
  parse(value: JsonValue): ParsedArguments;
}

/** Compiles a schema; `io` is the side on which it stands. Throws `definition_invalid`. */
export function compileSchema(tool: string, schema: ProgramSchema, io: "input" | "output"): CompiledSchema {
  try {
    return isZod(schema) ? compileZod(schema, io) : compileJsonSchema(schema);
  } catch (cause) {
    throw toolDefinitionInvalid(tool, `the ${io} schema cannot be used`, cause);
  }
}

function isZod(schema: ProgramSchema): schema is z.ZodType {
  return "_zod" in schema;
}

function compileZod(schema: z.ZodType, io: "input" | "output"): CompiledSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return {
    schema: z.record(z.string(), z.json()).parse(json),
    parse: (value) => parseByZod(schema, value),
  };
}

function parseByZod(schema: z.ZodType, value: JsonValue): ParsedArguments {
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

function compileJsonSchema(schema: JsonObject): CompiledSchema {
  const check = compileDocumentSchema(schema);
  return {
    schema,
    parse(value) {
      const message = check(value);
      return message === undefined ? { ok: true, value } : { ok: false, message };
    },
  };
}
