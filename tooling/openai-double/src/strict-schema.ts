import type { Checked } from "./api-error.ts";
import { passed, refused } from "./api-error.ts";
import type { JsonRecord } from "./json-record.ts";
import { isJsonRecord } from "./json-record.ts";
import type { ResponsesBody } from "./responses-body.ts";
import { functionToolsOf } from "./responses-body.ts";

/**
 * Checks the schemas that a request declares `strict`, by the two rules of OpenAI's strict mode that are easy to miss:
 * every object forbids additional properties and requires each of its own.
 */
export function checkStrictSchemas(body: ResponsesBody): Checked<ResponsesBody> {
  for (const [index, tool] of (body.tools ?? []).entries()) {
    const strict = functionToolsOf({ ...body, tools: [tool] }).find((each) => each.strict === true);
    const flaw = strict === undefined ? undefined : findFlaw(strict.parameters ?? {}, []);
    if (strict !== undefined && flaw !== undefined) {
      const message = `Invalid schema for function '${strict.name}': ${flaw}`;
      return refused(message, { param: `tools[${index}].parameters`, code: "invalid_function_parameters" });
    }
  }
  return checkTextFormat(body);
}

function checkTextFormat(body: ResponsesBody): Checked<ResponsesBody> {
  const format = body.text?.format;
  if (format?.type !== "json_schema" || format.strict !== true) {
    return passed(body);
  }
  const flaw = findFlaw(format.schema, []);
  return flaw === undefined
    ? passed(body)
    : refused(`Invalid schema for response_format '${format.name}': ${flaw}`, {
        param: "text.format.schema",
        code: "invalid_json_schema",
      });
}

/** The first place where a schema breaks the rules, in the words of OpenAI's message; undefined when there is none. */
function findFlaw(schema: JsonRecord, context: readonly string[]): string | undefined {
  const properties = isJsonRecord(schema["properties"]) ? schema["properties"] : {};
  if (schema["type"] === "object") {
    const place = `In context=(${context.map((each) => `'${each}'`).join(", ")})`;
    if (schema["additionalProperties"] !== false) {
      return `${place}, 'additionalProperties' is required to be supplied and to be false.`;
    }
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    const optional = Object.keys(properties).find((name) => !required.includes(name));
    if (optional !== undefined) {
      return `${place}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${optional}'.`;
    }
  }
  for (const [step, child] of subschemas(schema, properties)) {
    const flaw = findFlaw(child, [...context, ...step]);
    if (flaw !== undefined) {
      return flaw;
    }
  }
  return undefined;
}

function subschemas(schema: JsonRecord, properties: JsonRecord): readonly (readonly [readonly string[], JsonRecord])[] {
  const definitions = isJsonRecord(schema["$defs"]) ? schema["$defs"] : {};
  const branches = Array.isArray(schema["anyOf"]) ? schema["anyOf"].entries() : [];
  const candidates: readonly (readonly [readonly string[], unknown])[] = [
    ...Object.entries(properties).map(([name, child]) => [["properties", name], child] as const),
    ...Object.entries(definitions).map(([name, child]) => [["$defs", name], child] as const),
    ...[...branches].map(([index, child]) => [["anyOf", String(index)], child] as const),
    [["items"], schema["items"]],
  ];
  return candidates.flatMap(([step, child]) => (isJsonRecord(child) ? [[step, child] as const] : []));
}
