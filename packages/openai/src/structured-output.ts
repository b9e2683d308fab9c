import type { JsonObject } from "@agentkit/core";
import { AgentKitError } from "@agentkit/core";
import { zodTextFormat } from "openai/helpers/zod";
import type { z } from "zod";
import { isJsonObject } from "./json-object.ts";

/** A zod schema as the model sees it, with the way back from the model's text to a value. */
export interface StructuredOutput<Output> {
  /** Goes into a request's settings as `text.format`. */
  readonly format: JsonObject;
  /**
   * Reads the text of an answer. Throws `model_response_invalid` when it is no JSON of the schema; a refusal and an answer
   * cut by `max_output_tokens` are none, so look at the response's status first.
   */
  parse(text: string): Output;
}

/**
 * Asks the model for JSON of a schema, in OpenAI's strict mode. Strict mode wants every property present: write
 * `.nullable()` in place of `.optional()`. Throws `definition_invalid` when it cannot express the schema.
 *
 * @see https://platform.openai.com/docs/guides/structured-outputs
 * @example
 * ```ts
 * import { toStructuredOutput } from "@agentkit/openai";
 * import { z } from "zod";
 *
 * const weather = toStructuredOutput("weather", z.object({ city: z.string(), degrees: z.number() }));
 * const settings = { text: { format: weather.format } };
 * console.log(settings.text.format["type"], weather.parse('{"city":"Graz","degrees":21}').degrees);
 * ```
 */
export function toStructuredOutput<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
): StructuredOutput<z.output<Schema>> {
  return {
    format: toFormat(name, schema),
    parse(text) {
      const result = schema.safeParse(parseJson(text, name));
      if (result.success) return result.data;
      const [issue] = result.error.issues;
      const place = issue === undefined || issue.path.length === 0 ? "the top" : issue.path.join(".");
      throw toMismatchError(name, `at ${place}: ${issue?.code ?? "custom"}`);
    },
  };
}

function toFormat(name: string, schema: z.ZodType): JsonObject {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new AgentKitError(
      "definition_invalid",
      `'${name}' cannot name a structured output. Use up to 64 letters, digits, underscores and dashes.`,
    );
  }
  try {
    // Through JSON, because the SDK's object has members that are no part of the request.
    const format: unknown = JSON.parse(JSON.stringify(zodTextFormat(schema, name)));
    return isJsonObject(format) ? format : {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AgentKitError(
      "definition_invalid",
      `The schema '${name}' cannot be used for structured output: ${reason}. Strict mode takes an object whose properties are all present; write .nullable() for what may be missing.`,
      { cause: error },
    );
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw toMismatchError(name, "it is no JSON");
  }
}

function toMismatchError(name: string, what: string): AgentKitError {
  return new AgentKitError(
    "model_response_invalid",
    `The answer does not fit the structured output '${name}': ${what}. Ask again, or use a model that supports strict schemas.`,
  );
}
